"""Django alone."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.native_settings")

if django.VERSION >= (3, 0):
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()
else:
    django.setup()

    from asgiref.compatibility import guarantee_single_callable
    from channels.http import AsgiHandler

    application = guarantee_single_callable(AsgiHandler)
