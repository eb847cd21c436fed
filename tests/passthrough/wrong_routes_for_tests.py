"""A routing module with a mistake in it, to be imported by dotted name."""

from compat.v0.routing import route

from .routes_for_tests import first

channel_routing = [route("websocket.receive", first, path="^/(positional)/")]
