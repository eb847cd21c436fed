"""Class-based consumers."""

import json
from typing import Any, Dict, List, Tuple

import pytest
from support.layers import make_layer, take_all

from compat.v0.channel import Group
from compat.v0.generic import BaseConsumer
from compat.v0.generic.websockets import JsonWebsocketConsumer, WebsocketConsumer
from compat.v0.message import Message


class Recorder:
    """Mixin: remembers which methods were called, on the class, since each message has an instance of its own."""

    calls: List[Tuple[str, Dict[str, Any]]] = []

    @classmethod
    def fresh(cls) -> Any:
        return type(cls.__name__, (cls,), {"calls": []})

    def note(self, method: str, **what: Any) -> None:
        type(self).calls.append((method, what))


class Plain(Recorder, WebsocketConsumer):
    def connect(self, message: Any, **kwargs: Any) -> None:
        self.note("connect", message=message, **kwargs)

    def receive(self, text: Any = None, bytes: Any = None, **kwargs: Any) -> None:  # noqa: A002
        self.note("receive", text=text, bytes=bytes, **kwargs)

    def disconnect(self, message: Any, **kwargs: Any) -> None:
        self.note("disconnect", message=message, **kwargs)


class Json(Recorder, JsonWebsocketConsumer):
    def receive(self, content: Any, **kwargs: Any) -> None:
        self.note("receive", content=content, **kwargs)


def message_on(channel: str, layer: Any = None, **content: Any) -> Message:
    whole = dict({"path": "/here", "reply_channel": "reply", "order": 0}, **content)
    return Message(whole, channel, make_layer() if layer is None else layer)


def test_the_method_of_the_channel_is_called_with_the_route_s_arguments() -> None:
    class Numbers(Recorder, BaseConsumer):
        method_mapping = {"numbers.add": "add", "numbers.drop": "drop"}

        def add(self, message: Any, **kwargs: Any) -> None:
            self.note("add", same=message is self.message and kwargs == self.kwargs, **kwargs)

    consumer = Numbers.fresh()
    assert consumer.channel_names() == {"numbers.add", "numbers.drop"}
    consumer(message_on("numbers.add"), n="5")
    assert consumer.calls == [("add", {"same": True, "n": "5"})]


def test_every_message_has_an_instance_of_its_own() -> None:
    seen = []

    class Once(WebsocketConsumer):
        def connect(self, message: Any, **kwargs: Any) -> None:
            seen.append(self)

    Once(message_on("websocket.connect"))
    Once(message_on("websocket.connect"))
    assert seen[0] is not seen[1]


@pytest.mark.parametrize(
    ("channel", "content", "method", "arguments"),
    [
        ("websocket.receive", {"text": "é"}, "receive", {"text": "é", "bytes": None}),
        ("websocket.receive", {"text": ""}, "receive", {"text": "", "bytes": None}),
        ("websocket.receive", {"bytes": b"\0"}, "receive", {"text": None, "bytes": b"\0"}),
        ("websocket.receive", {"bytes": b""}, "receive", {"text": None, "bytes": b""}),
    ],
)
def test_a_frame_is_received(channel: str, content: Any, method: str, arguments: Any) -> None:
    consumer = Plain.fresh()
    consumer(message_on(channel, **content), room="r")
    assert consumer.calls == [(method, dict(arguments, room="r"))]


@pytest.mark.parametrize("what", ["connect", "disconnect"])
def test_opening_and_closing_are_handed_on(what: str) -> None:
    consumer, message = Plain.fresh(), message_on("websocket." + what)
    consumer(message, room="r")
    assert consumer.calls == [(what, {"message": message, "room": "r"})]


def test_methods_that_are_not_overridden_do_nothing() -> None:
    layer = make_layer()
    for what in ("connect", "receive", "disconnect"):
        WebsocketConsumer(message_on("websocket." + what, layer, text="x"))
    assert take_all(layer, "reply") == []


def test_the_path_is_an_attribute() -> None:
    assert Plain.fresh()(message_on("websocket.connect", path="/x/")).path == "/x/"


def test_the_groups_are_joined_and_left() -> None:
    class Member(WebsocketConsumer):
        groups = ["one", "two"]

    layer = make_layer()

    def hears() -> List[Any]:
        for name in ("one", "two"):
            Group(name, channel_layer=layer).send({"text": name})
        return [content["text"] for content in take_all(layer, "reply")]

    Member(message_on("websocket.connect", layer))
    assert hears() == ["one", "two"]
    Member(message_on("websocket.receive", layer, text="x"))
    assert hears() == ["one", "two"]
    Member(message_on("websocket.disconnect", layer))
    assert hears() == []


def test_groups_may_depend_on_the_route() -> None:
    class Member(WebsocketConsumer):
        def connection_groups(self, **kwargs: Any) -> Any:
            return ["room-" + kwargs["room"]]

    layer = make_layer()
    Member(message_on("websocket.connect", layer), room="5")
    Group("room-5", channel_layer=layer).send({"text": "x"})
    assert take_all(layer, "reply") == [{"text": "x"}]


def test_the_group_is_joined_before_connect_is_called() -> None:
    class Early(WebsocketConsumer):
        groups = ["g"]

        def connect(self, message: Any, **kwargs: Any) -> None:
            Group("g", channel_layer=message.channel_layer).send({"text": "hello"})

    layer = make_layer()
    Early(message_on("websocket.connect", layer))
    assert take_all(layer, "reply") == [{"text": "hello"}]


SENT: List[Tuple[Any, Any, Dict[str, Any], Dict[str, Any]]] = [
    (Plain, ("x",), {}, {"text": "x"}),
    (Plain, (), {"text": ""}, {"text": ""}),
    (Plain, (), {"bytes": b"y"}, {"bytes": b"y"}),
    (Plain, (), {"text": "x", "bytes": b"y"}, {"text": "x"}),
    (Plain, (), {"text": "x", "close": True}, {"text": "x", "close": True}),
    (Plain, (None, b"y", True), {}, {"bytes": b"y", "close": True}),
    (Json, ({"a": [1, None, "é"]},), {}, {"text": json.dumps({"a": [1, None, "é"]})}),
    (Json, (None,), {}, {"text": "null"}),
    (Json, ([],), {"close": True}, {"text": "[]", "close": True}),
]


@pytest.mark.parametrize(("consumer", "arguments", "named", "expected"), SENT)
def test_a_frame_is_sent(consumer: Any, arguments: Any, named: Any, expected: Any) -> None:
    layer = make_layer()
    consumer.fresh()(message_on("websocket.connect", layer)).send(*arguments, **named)
    assert take_all(layer, "reply") == [expected]


@pytest.mark.parametrize(("consumer", "arguments", "named", "expected"), SENT)
def test_a_frame_is_sent_to_a_group(consumer: Any, arguments: Any, named: Any, expected: Any) -> None:
    from compat.v0.asgi import channel_layers

    layer = make_layer()
    before = channel_layers.set("default", layer)
    try:
        Group("g").add("reply")
        consumer.group_send("g", *arguments, **named)
    finally:
        channel_layers.set("default", before)
    assert take_all(layer, "reply") == [expected]


def test_a_frame_without_text_and_bytes_is_refused() -> None:
    layer = make_layer()
    with pytest.raises(ValueError, match="^You must pass text or bytes$"):
        Plain.fresh()(message_on("websocket.connect", layer)).send(close=True)
    with pytest.raises(ValueError, match="^You must pass text or bytes$"):
        Plain.group_send("g", close=True)
    assert take_all(layer, "reply") == []


def test_closing_sends_a_close_alone() -> None:
    layer = make_layer()
    Plain.fresh()(message_on("websocket.connect", layer)).close()
    assert take_all(layer, "reply") == [{"close": True}]


@pytest.mark.parametrize("content", [{"a": 1}, [1, "é"], None, 5, "text"])
def test_json_is_decoded(content: Any) -> None:
    consumer = Json.fresh()
    consumer(message_on("websocket.receive", text=json.dumps(content)), room="r")
    assert consumer.calls == [("receive", {"content": content, "room": "r"})]


@pytest.mark.parametrize(
    ("frame", "words"),
    [({"bytes": b"{}"}, "^No text section for incoming WebSocket frame!$"), ({"text": "{"}, "Expecting property name")],
)
def test_what_is_no_json_is_refused(frame: Dict[str, Any], words: str) -> None:
    consumer = Json.fresh()
    with pytest.raises(ValueError, match=words):
        consumer(message_on("websocket.receive", **frame))
    assert consumer.calls == []


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError):
        Json.fresh()(message_on("websocket.connect")).send({1, 2})
