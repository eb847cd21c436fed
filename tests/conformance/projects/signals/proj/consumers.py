"""Writes down which signals come around a consumer, and in which thread."""
import threading

from channels import Channel
from channels.exceptions import ConsumeLater
from observing import observe

WHERE = threading.local()


def started(sender, **kwargs):
    # views run between the signals too: what they do is not written down
    WHERE.thread = threading.current_thread()
    WHERE.started = sorted(key for key in kwargs if key != "signal")
    WHERE.consumer = None


def begin(name):
    """The signal came before the consumer and in its thread."""
    started_here = getattr(WHERE, "thread", None) is threading.current_thread()
    WHERE.consumer = name
    observe("consumer", name=name, started_before=started_here, started_with=getattr(WHERE, "started", None))


def finished(sender, **kwargs):
    if getattr(WHERE, "consumer", None):
        observe("finished", consumer=WHERE.consumer)
        WHERE.consumer = None


def connect(message):
    begin("connect")


def receive(message):
    text = message["text"]
    begin("receive %s" % text)
    if text == "raise":
        raise ValueError("on purpose")
    if text == "later" and message.get("__retries__", 0) < 2:
        raise ConsumeLater
    if text == "custom":
        Channel("custom.signalled").send({"reply_channel": message.reply_channel.name})
    else:
        message.reply_channel.send({"text": text})


def custom(message):
    begin("custom")
    message.reply_channel.send({"text": "custom"})


def disconnect(message):
    begin("disconnect")
    observe("disconnect", code=message["code"])
