"""Which old names live where: the modules of channels 0.17 and their names that old code imports."""

from typing import Dict, FrozenSet, Tuple

# Old names that the package itself had. (DEFAULT_CHANNEL_LAYER is still there.)
PACKAGE: Dict[str, str] = {
    "Channel": "compat.v0.channel",
    "Group": "compat.v0.channel",
    "channel_layers": "compat.v0.asgi",
    "include": "compat.v0.routing",
    "route": "compat.v0.routing",
    "route_class": "compat.v0.routing",
}

# Modules that old and new channels have (signals, staticfiles: 2 and 3 only): the old names that are added to the
# new module.
SHARED: Dict[str, FrozenSet[str]] = {
    "channels.auth": frozenset(
        (
            "channel_session",
            "channel_session_user",
            "channel_session_user_from_http",
            "http_session",
            "http_session_user",
            "transfer_user",
        )
    ),
    "channels.exceptions": frozenset(("ConsumeLater", "RequestAborted", "RequestTimeout", "ResponseLater")),
    "channels.generic": frozenset(("BaseConsumer",)),
    "channels.management": frozenset(),
    "channels.management.commands": frozenset(),
    "channels.routing": frozenset(
        (
            "Include",
            "Route",
            "RouteClass",
            "Router",
            "include",
            "name_that_thing",
            "null_consumer",
            "route",
            "route_class",
        )
    ),
    "channels.sessions": frozenset(
        (
            "AsgiRequest",
            "ConsumeLater",
            "channel_and_http_session",
            "channel_session",
            "enforce_ordering",
            "http_session",
            "session_for_reply_channel",
        )
    ),
    "channels.signals": frozenset(("worker_process_ready", "worker_ready")),
    # The handlers stay channels' own, whose other classes use them.
    "channels.staticfiles": frozenset(("StaticFilesConsumer", "ViewConsumer")),
    "channels.utils": frozenset(("name_that_thing",)),
    "channels.worker": frozenset(
        (
            "ConsumeLater",
            "Message",
            "WorkerGroup",
            "consumer_finished",
            "consumer_started",
            "name_that_thing",
            "worker_ready",
        )
    ),
}

# Names that mean something in both: module, name -> the module of ours whose ``make_<name in lower case>`` makes of
# channels' own what serves as either.
MERGED: Dict[Tuple[str, str], str] = {("channels.worker", "Worker"): "compat.dropin.worker"}

# Modules that new channels lacks: ours stand in whole.
VANISHED: FrozenSet[str] = frozenset(
    (
        "channels.asgi",
        "channels.binding",
        "channels.binding.base",
        "channels.binding.websockets",
        "channels.channel",
        "channels.generic.base",
        "channels.generic.websockets",
        "channels.handler",
        "channels.log",
        # In channels they are, but ours, derived from them, is what old code derives from and patches.
        "channels.management.commands.runserver",
        "channels.management.commands.runworker",
        "channels.message",
        "channels.tests",
        "channels.tests.base",
        "channels.tests.http",
    )
)

# The modules of channel layers that are gone, or would not work with today's redis-py and msgpack: their names, which
# ``compat.v0.layers`` has.
LAYER_MODULES: Dict[str, Tuple[str, ...]] = {
    "asgi_ipc": ("IPCChannelLayer",),
    "asgi_ipc.core": ("IPCChannelLayer",),
    "asgi_redis": ("RedisChannelLayer", "RedisLocalChannelLayer"),
    "asgi_redis.core": ("BaseChannelLayer", "RedisChannelLayer"),
    "asgi_redis.local": ("RedisChannelLayer", "RedisLocalChannelLayer"),
    "asgiref.base_layer": ("BaseChannelLayer",),
    "asgiref.inmemory": ("BaseChannelLayer", "ChannelLayer", "channel_layer"),
}


def shim_of(name: str) -> str:
    """The module of ours that the old module ``name`` is now."""
    return "compat.v0" + name[len("channels") :]
