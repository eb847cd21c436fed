"""The message that a consumer is called with."""

from typing import Any, Dict

import pytest
from support.layers import make_layer

from compat.v0.channel import Channel
from compat.v0.message import Message


def message_with(content: Dict[Any, Any], channel: str = "a") -> Message:
    return Message(content, channel, make_layer())


def test_has_these_attributes_and_no_more() -> None:
    layer = make_layer()
    message = Message({"k": 1}, "a", layer)
    assert set(vars(message)) == {"channel", "channel_layer", "content", "reply_channel"}
    assert message.channel_layer is layer
    assert message.channel.channel_layer is layer
    assert (type(message.channel), message.channel.name) == (Channel, "a")


def test_keeps_the_very_content() -> None:
    content = {"k": 1}
    assert message_with(content).content is content


@pytest.mark.parametrize("content", [{}, {"reply_channel": None}, {"reply_channel": ""}, {"text": "x"}])
def test_without_a_reply_channel(content: Dict[Any, Any]) -> None:
    assert message_with(content).reply_channel is None


@pytest.mark.parametrize(("given", "name"), [("foo", "foo"), (b"foo", "foo"), ("a!b", "a!b"), ("no name", "no name")])
def test_whatever_names_a_reply_channel_is_wrapped(given: Any, name: str) -> None:
    message = message_with({"reply_channel": given})
    assert message.reply_channel is not None
    assert message.reply_channel.name == name
    assert message.reply_channel.channel_layer is message.channel_layer
    assert message.content["reply_channel"] == given


def test_a_reply_channel_is_its_equal_by_name_only() -> None:
    message = message_with({"reply_channel": "foo"})
    assert message.reply_channel != Channel("foo", channel_layer=message.channel_layer)


def test_is_read_like_a_dict() -> None:
    content = {"a": 1, "b": None}
    message = message_with(content)
    assert (message["a"], message["b"]) == (1, None)
    assert ("b" in message, "c" in message) == (True, False)
    assert (message.get("b", 2), message.get("c"), message.get("c", 3)) == (None, None, 3)
    assert list(message.keys()) == list(content)
    assert list(message.values()) == list(content.values())
    assert list(message.items()) == list(content.items())


def test_a_missing_key_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        message_with({})["nothing"]


def test_is_written_like_a_dict() -> None:
    message = message_with({})
    message["a"] = 1
    assert message.content == {"a": 1}


def test_a_copy_is_deep_and_of_the_same_class() -> None:
    class Own(Message):
        pass

    message = Own({"a": [1], "reply_channel": "foo"}, "there", make_layer())
    copy = message.copy()
    copy["a"].append(2)
    assert message["a"] == [1]
    assert (type(copy), copy.channel.name, copy.reply_channel.name) == (Own, "there", "foo")
    assert copy.channel_layer is message.channel_layer


def test_is_equal_to_itself_alone() -> None:
    content: Dict[Any, Any] = {"a": 1}
    message = message_with(content)
    assert message == message
    assert message != message_with(content)
