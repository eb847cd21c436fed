"""Consumers in the style of channels 0.17, most of them made for one scenario."""

import time

from channels import Channel, Group
from channels.exceptions import ConsumeLater
from observing import observe, wait_for_gate
from ops import run, run_text

# -- the command consumer ----------------------------------------------------------------------------------

def command_connect(message):
    observe("connect")


def command_receive(message):
    run_text(message)


def command_disconnect(message):
    observe("disconnect", code=message["code"])


# -- what a message holds ----------------------------------------------------------------------------------

def describe(event, message, **kwargs):
    """All that a consumer can learn from a message."""
    observe(
        event,
        content_type=type(message.content).__name__,
        content=message.content,
        attributes=sorted(vars(message)),
        channel=message.channel.name,
        channel_type=type(message.channel).__name__,
        reply=None if message.reply_channel is None else message.reply_channel.name,
        kwargs=kwargs,
    )


def contents_connect(message):
    describe("connect", message)


def contents_receive(message):
    describe("receive", message)
    # the tests wait for this, so that nothing overtakes
    message.reply_channel.send({"text": "seen %s" % message["order"]})


def contents_disconnect(message):
    describe("disconnect", message)


def slow_receive(message):
    time.sleep(0.01)
    observe("slow")
    message.reply_channel.send({"text": message["text"]})


def address_connect(message):
    observe("connect", path=message["path"], query_string=message["query_string"])


def address_receive(message):
    observe("receive", path=message["path"])


# -- ways of connecting ------------------------------------------------------------------------------------

def connect_silent(message):
    observe("connect")


def connect_held(message, gate):
    message.reply_channel.send({"text": "early"})
    opened = wait_for_gate(gate)
    message.reply_channel.send({"text": "late"})
    observe("connect", gate_opened=opened)


def connect_raises(message):
    observe("connect")
    raise ValueError("no greeting today")


def connect_sends_and_raises(message):
    observe("connect")
    Group("raisers").add(message.reply_channel)
    message.reply_channel.send({"text": "before raise"})
    raise ValueError("after the greeting")


def connect_closes(message):
    observe("connect")
    message.reply_channel.send({"close": True})


def connect_says_and_closes(message):
    observe("connect")
    message.reply_channel.send({"text": "x", "close": True})


def connect_greets(message):
    message.reply_channel.send({"text": "hello"})
    observe("connect")


def connect_accepts(message):
    message.reply_channel.send({"accept": True})
    message.reply_channel.send({"accept": True, "text": "accepted"})
    observe("connect")


def connect_refuses(message):
    message.reply_channel.send({"accept": False})
    observe("connect")


# -- a chat ------------------------------------------------------------------------------------------------

def chat_join(message, room):
    Group("chat-%s" % room).add(message.reply_channel)
    observe("connect", room=room)


def chat_say(message, room):
    Group("chat-%s" % room).send({"text": "[%s] %s" % (room, message["text"])})


def chat_leave(message, room):
    Group("chat-%s" % room).discard(message.reply_channel)
    Group("chat-%s" % room).send({"text": "[%s] somebody left" % room})
    observe("disconnect", room=room, code=message["code"])


# -- custom channels ---------------------------------------------------------------------------------------

def custom_observed(message):
    describe("custom", message)


def custom_run(message):
    run(message, message["operations"])


def custom_filtered(message, kind):
    message.reply_channel.send({"text": "kind %s" % kind})


def custom_first(message):
    Channel("custom.second").send({
        "reply_channel": message["reply_channel"],
        "words": message["words"] + ["first"],
    })


def custom_second(message):
    message.reply_channel.send({"text": " ".join(message["words"] + ["second"])})


def custom_later(message):
    observe("run", retries=message.get("__retries__"), doomed=getattr(message, "__doomed__", None))
    raise ConsumeLater


def custom_later_three_times(message):
    observe("run", retries=message.get("__retries__"), doomed=getattr(message, "__doomed__", None))
    if message.get("__retries__", 0) < 3:
        raise ConsumeLater
    message.reply_channel.send({"text": "done after %s" % message["__retries__"]})


LAST = {}


def custom_same(message):
    """Is it the very object that was sent? (in memory 0.17 does not copy)"""
    sent = LAST.pop(message["key"], None)
    observe("same", content=sent is message.content, nested=sent is not None and sent["nested"] is message["nested"])


