"""Backends of CHANNEL_LAYERS that neither the shim nor channels >= 2 can replace."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from compat import catalogue

from ..model import SHIM, Left, Options, Verdict
from ..source import Source

CODE, STAGE = "SH105", SHIM
ABOUT = "Channel layers that were never ported are named."

_NEVER_PORTED = ("asgi_amqp.", "asgi_rabbitmq.")


def python(source: Source, options: Options) -> Iterator[Verdict]:
    for node in source.nodes.get(cst.SimpleString, []):
        assert isinstance(node, cst.SimpleString)
        backend = str(node.evaluated_value)
        if not backend.startswith(_NEVER_PORTED) or not _is_backend(source, node):
            continue
        row = catalogue.BY_OLD.get(backend)
        if row is not None:
            why = f"{backend} {row.why}; use asgi_redis.RedisChannelLayer, which the shim knows"
            yield Left(node, why, row.anchor)


def _is_backend(source: Source, node: cst.SimpleString) -> bool:
    parent = source.parents[node]
    return (
        isinstance(parent, cst.DictElement)
        and isinstance(parent.key, cst.SimpleString)
        and parent.key.evaluated_value == "BACKEND"
    )
