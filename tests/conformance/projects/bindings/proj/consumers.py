"""Sockets with several streams, and a socket that changes models."""
import datetime
import decimal
import uuid

import accounts
from channels import Group
from channels.auth import channel_session_user
from channels.generic import BaseConsumer
from channels.generic.websockets import WebsocketDemultiplexer
from django.utils.translation import gettext_lazy
from observing import observe
from ops import step
from values import loads

from proj import models


class Board(WebsocketDemultiplexer):
    """The streams of a board."""

    http_user = True
    mapping = {
        "echo": "streams.echo",
        "typed": "streams.typed",
        "class": "streams.class",
        "nobody": "streams.nobody",
        "items": "binding.items",
        "members": "binding.members",
        "labels": "binding.labels",
        "ordered": "binding.ordered",
        "plain": "binding.plain",
    }

    def connection_groups(self, board, **kwargs):
        streams = ("items", "members", "labels", "all-labels", "tuples", "secrets", "plain", "late", "talk")
        return ["%s.%s" % (stream, board) for stream in streams]

    def dispatch(self, message, **kwargs):
        super(Board, self).dispatch(message, **kwargs)
        if message.channel.name == "websocket.connect":
            # now the session knows the user
            observe("connect")

    def connect(self, message, board):
        observe("connecting", board=board, user=accounts.shown(message.user))
        if board.startswith("greeting"):
            self.send("welcome", {"board": board, "list": [1, None]})

    def disconnect(self, message, **kwargs):
        observe("disconnect", kwargs=kwargs)


class Bare(WebsocketDemultiplexer):
    """Receives itself, too."""

    mapping = {"echo": "streams.echo"}

    def connect(self, message, **kwargs):
        observe("connect")

    def receive(self, content, **kwargs):
        observe("receive", content=content, kwargs=kwargs)
        super(Bare, self).receive(content, **kwargs)

    def disconnect(self, message, **kwargs):
        observe("disconnect")


def echo(message):
    observe("echo", content=message.content, channel=message.channel.name, attributes=sorted(vars(message)))
    message.reply_channel.send(WebsocketDemultiplexer.encode("echo", message.get("say")))


@channel_session_user
def typed(message):
    """Everything that Django's JSON takes."""
    values = {
        "day": datetime.date(2016, 10, 9),
        "time": datetime.datetime(2016, 10, 9, 8, 7, 6, 543210),
        "decimal": decimal.Decimal("1.50"),
        "uuid": uuid.UUID(int=5),
        "lazy": gettext_lazy("lazy"),
        "user": message.user.get_username(),
    }
    for name in sorted(values):
        try:
            message.reply_channel.send(Board.encode("typed", {name: values[name]}))
        except TypeError:
            message.reply_channel.send(Board.encode(None, "TypeError"))


class Stream(BaseConsumer):
    """A stream's consumer that is a class."""

    method_mapping = {"streams.class": "talk"}
    channel_session_user = True

    def talk(self, message, **kwargs):
        observe("talk", user=accounts.shown(message.user), kwargs=kwargs)
        board = message["board"]
        if message.get("close"):
            Board.group_send("talk.%s" % board, "talk", [message["say"]], close=True)
        else:
            Board.group_send("talk.%s" % board, "talk", message["say"])


# -- a hand that changes models ----------------------------------------------------------------------------

def hand_connect(message):
    observe("connect")


def hand_receive(message):
    for operation in loads(message["text"]):
        name, args = operation[0], operation[1:]
        if name in ("Item", "Label", "Secret"):
            change(getattr(models, name), *args)
        else:
            step(message, *operation)


def change(model, what, lookup, values=None):
    objects = model.objects.filter(**lookup)
    if what == "create":
        model.objects.create(**dict(lookup, **(values or {})))
    elif what == "save":
        instance = objects.get()
        for name in values:
            setattr(instance, name, values[name])
        instance.save()
    elif what == "save fields":
        instance = objects.get()
        for name in values:
            setattr(instance, name, values[name])
        instance.save(update_fields=sorted(values))
    elif what == "update":
        objects.update(**values)
    elif what == "bulk_create":
        model.objects.bulk_create([model(**dict(lookup, **values))])
    elif what == "delete":
        objects.get().delete()
    elif what == "delete all":
        objects.delete()
    elif what == "show":
        observe("rows", model=model.__name__, rows=list(objects.order_by("pk").values(*values)))


def hand_disconnect(message):
    observe("disconnect")
