"""The mixin for native consumers that share groups with legacy ones."""

from __future__ import annotations

from typing import Any

import pytest
from support.waiting import run

from compat.v2.consumer import LegacyEvents
from compat.v2.wire import Event

CASES: list[tuple[dict[str, Any], list[Any]]] = [
    ({"text": "x"}, [("send", {"text_data": "x"})]),
    ({"bytes": b"y"}, [("send", {"bytes_data": b"y"})]),
    ({"text": "x", "bytes": b"y"}, [("send", {"bytes_data": b"y"}), ("send", {"text_data": "x"})]),
    ({"text": "x", "close": True}, [("send", {"text_data": "x"}), ("close", {})]),
    ({"close": True}, [("close", {})]),
    ({"text": ""}, []),
    ({}, []),
]


class Synchronous(LegacyEvents):
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def send(self, **arguments: Any) -> None:
        self.calls.append(("send", arguments))

    def close(self, **arguments: Any) -> None:
        self.calls.append(("close", arguments))


class Asynchronous(LegacyEvents):
    def __init__(self) -> None:
        self.calls: list[Any] = []

    async def send(self, **arguments: Any) -> None:
        self.calls.append(("send", arguments))

    async def close(self, **arguments: Any) -> None:
        self.calls.append(("close", arguments))


@pytest.mark.parametrize(("content", "calls"), CASES, ids=repr)
def test_a_legacy_message_goes_to_the_client(content: dict[str, Any], calls: list[Any]) -> None:
    synchronous, asynchronous = Synchronous(), Asynchronous()
    assert synchronous.websocket_send(Event(content)) is None
    run(asynchronous.websocket_send(Event(content)))
    assert synchronous.calls == calls
    assert asynchronous.calls == calls


@pytest.mark.parametrize("name", ["WebsocketConsumer", "AsyncWebsocketConsumer", "JsonWebsocketConsumer"])
def test_it_goes_with_the_consumers_of_channels(name: str) -> None:
    import channels.generic.websocket

    native = getattr(channels.generic.websocket, name)
    consumer = type("Consumer", (LegacyEvents, native), {})
    assert consumer.websocket_send is LegacyEvents.websocket_send
