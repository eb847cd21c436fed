"""The scripts, grouped by area; importing this package registers them all."""

from . import (
    auth,
    binding,
    calls,
    classes,
    contents,
    custom,
    demultiplexer,
    groups,
    http,
    opening,
    packages,
    queues,
    replies,
    routing,
    sessions,
    shim,
    signals,
    subprotocols,
    typical,
)

__all__ = [
    "auth", "binding", "calls", "classes", "contents", "custom", "demultiplexer", "groups", "http", "opening",
    "packages", "queues", "replies", "routing", "sessions", "shim", "signals", "subprotocols",
    "typical",
]
