import os

import django
from channels.asgi import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
channel_layer = get_channel_layer()

protocols = {}
if django.VERSION >= (3, 0):
    from django.core.asgi import get_asgi_application

    protocols["http"] = get_asgi_application()
else:
    django.setup()

from chat.native import websocket_urlpatterns  # noqa: E402  (after Django is set up)

application = ProtocolTypeRouter(dict(protocols, websocket=URLRouter(websocket_urlpatterns)))
