"""Which old names live where: the modules of channels 0.17 and their names that old code imports."""

from typing import Dict, FrozenSet

# Old names that the package itself had. (DEFAULT_CHANNEL_LAYER is still there.)
PACKAGE: Dict[str, str] = {
    "Channel": "compat.v0.channel",
    "Group": "compat.v0.channel",
    "channel_layers": "compat.v0.asgi",
    "include": "compat.v0.routing",
    "route": "compat.v0.routing",
    "route_class": "compat.v0.routing",
}

# Modules that old and new channels have (signals: 2 and 3 only): the old names that are added to the new module.
SHARED: Dict[str, FrozenSet[str]] = {
    "channels.exceptions": frozenset(("ConsumeLater", "RequestAborted", "RequestTimeout", "ResponseLater")),
    "channels.generic": frozenset(("BaseConsumer",)),
    "channels.routing": frozenset(
        ("Include", "Route", "RouteClass", "Router", "include", "null_consumer", "route", "route_class")
    ),
    "channels.signals": frozenset(("worker_process_ready", "worker_ready")),
    "channels.utils": frozenset(("name_that_thing",)),
}

# Modules that new channels lacks: ours stand in whole.
VANISHED: FrozenSet[str] = frozenset(
    (
        "channels.asgi",
        "channels.channel",
        "channels.generic.base",
        "channels.generic.websockets",
        "channels.log",
        "channels.message",
    )
)


def shim_of(name: str) -> str:
    """The module of ours that the old module ``name`` is now."""
    return "compat.v0" + name[len("channels") :]
