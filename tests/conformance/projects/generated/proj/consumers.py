"""Runs programs that come over the socket; each tells a control socket when it has ended, also by an error."""
from channels import Channel
from observing import observe
from ops import run
from values import loads


def execute(message, operations, control, mark):
    try:
        run(message, operations)
    finally:
        Channel(control).send({"text": mark})


def connect(message):
    message.reply_channel.send({"text": message.reply_channel.name})


def receive(message, control):
    request = loads(message["text"])
    execute(message, request["operations"], control, request["mark"])


def custom(message):
    execute(message, message["operations"], message["control"], message["mark"])


def disconnect(message, control, label):
    Channel(control).send({"text": "gone %s" % label})


def control_disconnect(message):
    observe("disconnect")
