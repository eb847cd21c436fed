"""The native side, as the documentation of channels 2 to 4 has it."""

import os

import channels
import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mixedsite.settings")

protocols = {}
if django.VERSION >= (3, 0):
    from django.core.asgi import get_asgi_application

    protocols["http"] = get_asgi_application()

from tables.native import GuestConsumer, HostConsumer  # noqa: E402  (after Django is set up)


def as_asgi(consumer):
    """Channels 2 takes the class itself."""
    return consumer if channels.__version__.startswith("2.") else consumer.as_asgi()


protocols["websocket"] = URLRouter(
    [
        re_path(r"^native/(?P<table>\w+)/(?P<name>\w+)$", as_asgi(GuestConsumer)),
        re_path(r"^host/(?P<table>\w+)/(?P<name>\w+)$", as_asgi(HostConsumer)),
    ]
)

application = ProtocolTypeRouter(protocols)
