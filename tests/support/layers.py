"""A channel layer in memory with a routing, the same for tests on both stacks."""

from typing import Any, Dict, List

import compat


def make_layer(routing: Any = (), **options: Any) -> Any:
    """The wrapper that consumers and ``Channel`` know, with a layer of its own below it."""
    from compat.v0.asgi import ChannelLayerWrapper

    native: Any
    if compat.stack() == compat.OLD:
        from asgiref.inmemory import ChannelLayer

        native = ChannelLayer(**options)
    else:
        from compat.v2.layers import SynchronousLayer
        from compat.v2.memory import InMemoryChannelLayer

        native = SynchronousLayer(InMemoryChannelLayer(**dict({"capacity": 10}, **options)))
    return ChannelLayerWrapper(native, "default", list(routing) if isinstance(routing, tuple) else routing)


def take_all(layer: Any, channel: str) -> List[Dict[Any, Any]]:
    """The contents that wait on ``channel``, oldest first; they are gone from it then."""
    if compat.stack() != compat.OLD:
        from compat.v2 import wire

        return [wire.decode(event) for _, event in layer.native.channels.pop(channel, ())]
    found = []
    while True:
        name, content = layer.receive_many([channel])
        if name is None:
            return found
        found.append(content)
