"""The routes of an oTree project: oTree's own first, then those of extension apps, then the project's.

oTree's own sockets are served by today's oTree. Routes of the project that would take them too, as an unfiltered
``route("websocket.connect", …)`` does, do not get them; in 0.17 they came last as well.
"""

import functools
from importlib import import_module
from typing import Any, Dict, List, Optional, Set

from compat.v0.message import Message
from compat.v0.routing import Include, Match, Route, null_consumer

from . import settings as project_settings

_SOCKET_CHANNELS = ("websocket.connect", "websocket.receive", "websocket.disconnect")


def _own_patterns() -> List[Any]:
    return [route.pattern for route in import_module("otree.channels.routing").websocket_routes]


@functools.lru_cache(maxsize=1024)
def is_own_path(path: str) -> bool:
    """Whether a socket of oTree's own (or of an extension that was written for it) has this path."""
    return any(pattern.match(path.lstrip("/")) for pattern in _own_patterns())


class OwnRoutes:
    """Takes the messages of oTree's own sockets, which our application leaves to today's oTree."""

    def match(self, message: Message) -> Optional[Match]:
        if message.channel.name in _SOCKET_CHANNELS and is_own_path(message.content.get("path") or ""):
            return null_consumer, {}
        return None

    def channel_names(self) -> Set[str]:
        return set()


class StandIn(Route):
    """What old code sees of a route of oTree's own. :class:`OwnRoutes` has already looked."""

    def match(self, message: Message) -> Optional[Match]:
        return None

    def channel_names(self) -> Set[str]:
        return set()


def stay_open(message: Message, **kwargs: Any) -> None:
    """Consumer of sockets that nobody routes, where the project wants them open as in 0.17."""


def _make_routes() -> List[Any]:
    from django.conf import settings

    routes: List[Any] = [OwnRoutes()]
    for module in import_module("otree.extensions").get_extensions_modules("routing"):
        routes.append(Include(getattr(module, "channel_routing", [])))
    routes.append(Include(project_settings.project_routing))
    if getattr(settings, "OTREE_OPEN_UNKNOWN_SOCKETS", False):
        routes.append(Route(["websocket.connect", "websocket.receive"], stay_open))
    return routes


# What `otree.channels.routing.channel_routing` is; projects append to it.
channel_routing: List[Any] = [
    StandIn(_SOCKET_CHANNELS, null_consumer, path="^/" + str(pattern).lstrip("^")) for pattern in _own_patterns()
]

_made: Dict[str, List[Any]] = {}


def __getattr__(name: str) -> Any:
    # Made on first use: the project's routing imports this module.
    if name == "served":
        if name not in _made:
            _made[name] = _make_routes()
        return _made[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
