"""Several streams on one socket."""

from __future__ import annotations

import datetime
import json
from typing import Any, Callable, Iterator

import pytest

from compat.v0.asgi import channel_layers
from compat.v0.generic.websockets import WebsocketDemultiplexer
from compat.v0.message import Message


class Demultiplexer(WebsocketDemultiplexer):
    mapping = {"users": "binding.users", "rooms": "binding.rooms"}


@pytest.fixture(autouse=True)
def _new_layer(configured: Callable[..., None]) -> Iterator[None]:
    configured()
    return


def receive(frame: Any) -> None:
    text = frame if isinstance(frame, str) else json.dumps(frame)
    content = {"reply_channel": "reply", "path": "/", "order": 1, "text": text}
    Demultiplexer(Message(content, "websocket.receive", channel_layers["default"]))


def connected() -> Demultiplexer:
    content = {"reply_channel": "reply", "path": "/", "order": 0}
    return Demultiplexer(Message(content, "websocket.connect", channel_layers["default"]))


def waiting(*channels: str) -> Any:
    return channel_layers["default"].receive_many(channels)


@pytest.mark.parametrize(
    ("payload", "sent_on"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}], "reply_channel": "reply"}),
        ({}, {"reply_channel": "reply"}),
        ({"reply_channel": "somebody-elses"}, {"reply_channel": "reply"}),
    ],
)
def test_payload_is_sent_on(payload: dict[str, Any], sent_on: dict[str, Any]) -> None:
    receive({"stream": "rooms", "payload": payload})
    assert waiting("binding.users", "binding.rooms") == ("binding.rooms", sent_on)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ({"stream": "users"}, "no channel/payload key"),
        ({"payload": {}}, "no channel/payload key"),
        ([], "no channel/payload key"),
        ("null", "no channel/payload key"),
        ({"stream": "websocket.receive", "payload": {}}, "stream not mapped"),
        ({"stream": None, "payload": {}}, "stream not mapped"),
        ({"stream": "binding.users", "payload": {}}, "stream not mapped"),
        ({"stream": "users", "payload": "text"}, "Multiplexed frame payload is not a dict"),
        ({"stream": "users", "payload": [1]}, "Multiplexed frame payload is not a dict"),
        ("{", "Expecting"),
    ],
)
def test_other_frames(frame: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        receive(frame)
    assert waiting("binding.users", "binding.rooms") == (None, None)


def test_channel_is_full() -> None:
    layer = channel_layers["default"]
    for _ in range(layer.capacity):
        layer.send("binding.users", {})
    with pytest.raises(layer.ChannelFull):
        receive({"stream": "users", "payload": {}})


@pytest.mark.parametrize(
    ("payload", "encoded"),
    [
        ({"a": 1}, {"a": 1}),
        ([1, 2], [1, 2]),
        (datetime.date(2016, 7, 1), "2016-07-01"),
        ({"é": "\u2028"}, {"é": "\u2028"}),
    ],
)
def test_send(payload: Any, encoded: Any) -> None:
    connected().send("users", payload)
    _, content = waiting("reply")
    assert content.keys() == {"text"}
    assert json.loads(content["text"]) == {"stream": "users", "payload": encoded}


@pytest.mark.parametrize(("options", "keys"), [({}, {"text"}), ({"close": True}, {"text", "close"})])
def test_group_send(options: dict[str, bool], keys: set[str]) -> None:
    channel_layers["default"].group_add("room", "reply")
    Demultiplexer.group_send("room", "users", {"a": 1}, **options)
    _, content = waiting("reply")
    assert content.keys() == keys
    assert json.loads(content["text"]) == {"stream": "users", "payload": {"a": 1}}
