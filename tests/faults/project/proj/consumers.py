import os
import time

import ops
from channels import Channel, Group
from channels.auth import channel_session_user, channel_session_user_from_http
from channels.generic.websockets import JsonWebsocketConsumer
from django.contrib.auth import get_user_model
from observing import observe


def connect(message):
    Group("everybody").add(message.reply_channel)


def disconnect(message):
    observe("disconnect", code=message["code"])


def receive(message):
    if "text" not in message.content:
        message.reply_channel.send({"bytes": message["bytes"]})
    elif message["text"].startswith("["):
        ops.run_text(message)
    else:
        kind, _, text = message["text"].partition(" ")
        KINDS[kind](message, text)


def echo(message, text):
    message.reply_channel.send({"text": text})


def to_group(message, text):
    name, _, text = text.partition(" ")
    Group(name).send({"text": text})


def to_work(message, text):
    Channel("work").send({"text": text, "reply_channel": message.reply_channel.name})


def fail(message, text):
    raise RuntimeError(text)


def hold(message, text):
    """Until the test opens the gate, however long that is."""
    path = os.path.join(os.environ["CONFORMANCE_GATES"], text)
    observe("held", name=text)
    while not os.path.exists(path):
        time.sleep(0.005)
    message.reply_channel.send({"text": text})


def count_users(message, text):
    message.reply_channel.send({"text": str(get_user_model().objects.count())})


def flood(message, text):
    group, count, size = text.split()
    for number in range(int(count)):
        Group(group).send({"text": ("%d " % number).ljust(int(size), "x")})


KINDS = {
    "echo": echo,
    "group": to_group,
    "work": to_work,
    "fail": fail,
    "hold": hold,
    "users": count_users,
    "flood": flood,
}


def work(message):
    observe("work", text=message["text"])
    if message["text"].startswith("hold "):
        hold(message, message["text"][len("hold ") :])
    elif message.reply_channel:
        message.reply_channel.send({"text": message["text"]})


class Json(JsonWebsocketConsumer):
    def receive(self, content, **kwargs):
        self.send({"type": type(content).__name__})


@channel_session_user_from_http
def connect_user(message):
    pass


@channel_session_user
def receive_user(message):
    if message["text"].startswith("keep "):
        message.channel_session["kept"] = message["text"]
    name = getattr(message.user, "username", "") or "nobody"
    message.reply_channel.send({"text": "%s %s" % (name, message.channel_session.get("kept", "nothing"))})
