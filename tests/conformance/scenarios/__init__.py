"""The scripts, grouped by area; importing this package registers them all."""

from . import calls, classes, contents, custom, groups, http, opening, replies, routing, shim, signals, subprotocols

__all__ = [
    "calls", "classes", "contents", "custom", "groups", "http", "opening", "replies", "routing", "shim", "signals",
    "subprotocols",
]
