"""A socket whose streams are all consumed by functions, and one that does what it is told."""
import datetime
import decimal
import uuid

import accounts
from channels import Channel, Group
from channels.auth import channel_session_user
from channels.generic.websockets import WebsocketDemultiplexer
from observing import observe
from ops import run_text


class Streams(WebsocketDemultiplexer):
    """The streams of a room."""

    http_user = True
    # so that the session knows the user when the first frame is taken
    slight_ordering = True
    mapping = {
        "echo": "streams.echo",
        "again": "streams.echo",
        "typed": "streams.typed",
        "talk": "streams.talk",
        "join": "streams.join",
        "fail": "streams.fail",
    }

    def connection_groups(self, room):
        return ["talk.%s" % room]

    def connect(self, message, room):
        self.send("welcome", {"room": room, "user": accounts.shown(message.user)})
        observe("connect", room=room)

    def disconnect(self, message, **kwargs):
        observe("disconnect", kwargs=kwargs)


def echo(message):
    """What was said, if it was."""
    if "say" in message.content:
        message.reply_channel.send(Streams.encode("echo", message["say"]))
    else:
        message.reply_channel.send(Streams.encode("echo", sorted([message.get("text", "no text"), "silence"])))


def typed(message):
    values = {
        "day": datetime.date(2016, 10, 9),
        "decimal": decimal.Decimal("1.50"),
        "uuid": uuid.UUID(int=5),
    }
    answer = WebsocketDemultiplexer.encode(stream="typed", payload=values[message["what"]])
    Channel(message["reply_channel"]).send(answer)


@channel_session_user
def talk(message):
    group = "talk.%s" % message["room"]
    said = [message.user.get_username(), message.content["say"]]
    if message.get("bye"):
        Streams.group_send(group, "talk", said, close=True)
    else:
        Streams.group_send(group, "talk", said)
        message.reply_channel.send(Streams.encode("talk", "done"))


def join(message):
    Group("talk.%s" % message["room"]).add(message.reply_channel)
    message.reply_channel.send(Streams.encode("join", "done"))


def fail(message):
    message.reply_channel.send(Streams.encode("fail", "so far"))
    raise ValueError(message["why"])


# -- a hand that sends to the groups, too --------------------------------------------------------------------

def hand_connect(message):
    observe("connect")


def hand_receive(message):
    run_text(message)


def hand_disconnect(message):
    observe("disconnect")
