import os

import channels
import django
from asgiref.compatibility import guarantee_single_callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.native_settings")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from bench.native import AsyncEcho, SyncEcho  # noqa: E402


def as_asgi(consumer):
    return consumer if channels.__version__.startswith("2.") else consumer.as_asgi()


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                re_path(r"^sync/echo$", as_asgi(SyncEcho)),
                re_path(r"^async/echo$", as_asgi(AsyncEcho)),
            ]
        )
    }
)

# What channels 2 makes is called the way of ASGI 2, which hypercorn no longer knows.
application = guarantee_single_callable(application)
