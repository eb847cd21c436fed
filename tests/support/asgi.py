"""An ASGI server's side of one connection, driven by a test."""

from __future__ import annotations

import asyncio
from typing import Any

from .waiting import DEADLINE


def websocket_scope(path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": path,
        "headers": [],
        "query_string": b"",
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
        "subprotocols": [],
        **more,
    }


class Connection:
    """What ``receive`` and ``send`` of an application are connected to. Made on the running loop.

    Attributes:
        sent: all events that the application has sent.
        asked: how many events the application has asked for.
        gate: while it is not set, ``send`` does not come back.
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._to_application: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_application: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        return await self._to_application.get()

    async def send(self, event: dict[str, Any]) -> None:
        await self.gate.wait()
        str(event.get("text")).encode()  # as every server, which fails where that is no Unicode
        self.sent.append(event)
        self._from_application.put_nowait(event)

    def give(self, *events: dict[str, Any]) -> None:
        """Have the client or the server do something."""
        for event in events:
            self._to_application.put_nowait(event)

    def connect(self) -> None:
        self.give({"type": "websocket.connect"})

    def text(self, *texts: str) -> None:
        self.give(*({"type": "websocket.receive", "text": text} for text in texts))

    def disconnect(self, code: int = 1000) -> None:
        self.give({"type": "websocket.disconnect", "code": code})

    async def next(self) -> dict[str, Any]:
        """The next event that the application sends."""
        return await asyncio.wait_for(self._from_application.get(), DEADLINE)

    async def frames(self, count: int) -> list[Any]:
        """The contents of the next ``count`` frames."""
        events = [await self.next() for _ in range(count)]
        assert {event["type"] for event in events} <= {"websocket.send"}, events
        return [event.get("text", event.get("bytes")) for event in events]

    def left_unread(self) -> int:
        """How many events the application has not taken."""
        return self._to_application.qsize()
