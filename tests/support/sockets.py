"""Sockets between a test and its consumers, without a server and without routing."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

from compat.v2.executor import ThreadPool
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer
from compat.v2.metrics import Sockets
from compat.v2.outbox import Outbox
from compat.v2.websocket import Service, Socket

from .asgi import Connection, websocket_scope
from .network import NetworkLayer, Store
from .waiting import DEADLINE, in_executor

LAYERS: dict[str, Callable[[], Any]] = {"memory": InMemoryChannelLayer, "network": NetworkLayer}


class Server:
    """Serves sockets on the running loop::

        async with Server(dispatch) as server:
            client = server.connect()

    Args:
        dispatch: what is called with (channel, content) in a consumer thread.
        layer: the layer below, made anew by default.
        consumed: whether there is a consumer for a channel.
        more: what else of the service is not as usual.
    """

    def __init__(
        self,
        dispatch: Callable[[str, dict[Any, Any]], Any],
        layer: Any = None,
        consumed: Callable[[str], bool] = lambda channel: True,
        **more: Any,
    ) -> None:
        self.layer = SynchronousLayer(InMemoryChannelLayer() if layer is None else layer)
        self.pool = ThreadPool(4, "of-a-test")
        self._given = {"dispatch": dispatch, "consumed": consumed, **more}
        self._open: list[tuple[Connection, asyncio.Task[None]]] = []

    async def __aenter__(self) -> Server:
        loop = asyncio.get_running_loop()
        self.layer.bridge.bind(loop)
        self.pool.bind(loop)
        usual = {
            "layer": self.layer,
            "pool": self.pool,
            "wakeups": Outbox(loop),
            "protocols": [],
            "sockets": Sockets(),
            "inbox": 100,
            "outbox": 5000,
            "http_timeout": 60.0,
        }
        fields = {**usual, **self._given}
        self.service = Service(**{name: fields[name] for name in Service._fields})
        return self

    async def __aexit__(self, *error: Any) -> None:
        for connection, _ in self._open:
            connection.gate.set()
            connection.disconnect()
        await asyncio.gather(*(task for _, task in self._open), return_exceptions=True)
        drained = await in_executor(self.pool.drain, DEADLINE)
        assert drained or error[0] is not None, "a thread of the consumers did not come back"

    def accept(self, scope: dict[str, Any] | None = None) -> tuple[Connection, asyncio.Task[None]]:
        """A client that has done nothing yet, and the task that serves it."""
        connection = Connection()
        socket = Socket(self.service, scope or websocket_scope(), connection.receive, connection.send)
        task = asyncio.get_running_loop().create_task(socket.run())
        self._open.append((connection, task))
        return connection, task

    async def connect(self, **scope: Any) -> Connection:
        """A client that has connected and been accepted."""
        connection, _ = self.accept(websocket_scope(**scope))
        connection.connect()
        event = await connection.next()
        assert event["type"] == "websocket.accept", event
        return connection

    async def end(self) -> None:
        """Come back when all clients have gone and everything is done for them."""
        await asyncio.gather(*(task for _, task in self._open))
        await in_executor(self.pool.drain, DEADLINE)


def another_process(store: Store) -> SynchronousLayer:
    """The facade as another process on the same network has it, with an event loop of its own."""
    return SynchronousLayer(NetworkLayer(store))
