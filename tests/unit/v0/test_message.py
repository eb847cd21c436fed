"""Sending through a message. What a message is like is tested in tests/passthrough, for both stacks."""

from __future__ import annotations

from support.layers import make_layer, take_all

from compat.v0.message import Message


def test_answers_go_through_the_layer_that_the_message_came_by() -> None:
    one, other = make_layer(), make_layer()
    message = Message({"reply_channel": "reply"}, "a", one)
    assert message.reply_channel is not None
    message.reply_channel.send({"text": "x"})
    message.channel.send({"n": 1})
    assert (take_all(one, "reply"), take_all(one, "a")) == ([{"text": "x"}], [{"n": 1}])
    assert (take_all(other, "reply"), take_all(other, "a")) == ([], [])
