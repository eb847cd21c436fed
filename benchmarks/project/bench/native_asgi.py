import os

import channels
import django
from asgiref.compatibility import guarantee_single_callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.native_settings")
django.setup()

from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from bench import native  # noqa: E402


def as_asgi(consumer):
    return consumer if channels.__version__.startswith("2.") else consumer.as_asgi()


unwrapped = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                re_path("^%s/%s$" % (kind.lower(), work.lower()), as_asgi(getattr(native, kind + work)))
                for kind, work in (
                    ("Sync", "Echo"),
                    ("Async", "Echo"),
                    ("Sync", "Fan"),
                    ("Async", "Fan"),
                    ("Sync", "Block"),
                    ("Async", "Block"),
                    ("Sync", "Custom"),
                )
            ]
        ),
        "channel": ChannelNameRouter({"bench.work": as_asgi(native.Work)}),
    }
)

# What channels 2 makes is called the way of ASGI 2, which hypercorn no longer knows.
application = guarantee_single_callable(unwrapped)
