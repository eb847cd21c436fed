"""The command consumer: runs the small list of operations that the client sends as JSON."""
import threading

from channels import Channel, Group
from channels.exceptions import ConsumeLater
from observing import observe, wait_for_gate
from values import loads

ERRORS = {"ValueError": ValueError, "KeyError": KeyError, "RuntimeError": RuntimeError}


def run_text(message):
    """A consumer body for websocket.receive: the text is a JSON list of operations."""
    run(message, loads(message["text"]))


def run(message, operations):
    for operation in operations:
        step(message, operation[0], *operation[1:])


def step(message, op, *args):
    if op == "reply":
        message.reply_channel.send(args[0])
    elif op == "send":
        Channel(args[0]).send(args[1])
    elif op == "pass on":
        # a custom channel gets to know who asked
        Channel(args[0]).send(dict(args[1], reply_channel=message.reply_channel.name))
    elif op == "add":
        Group(args[0]).add(args[1] if len(args) > 1 else message.reply_channel)
    elif op == "discard":
        Group(args[0]).discard(args[1] if len(args) > 1 else message.reply_channel)
    elif op == "group":
        Group(args[0]).send(args[1])
    elif op == "gate":
        wait_for_gate(args[0])
    elif op == "observe":
        observe(args[0])
    elif op == "raise":
        raise ERRORS[args[0]](args[1])
    elif op == "later":
        raise ConsumeLater
    elif op == "name":
        message.reply_channel.send({"text": message.reply_channel.name})
    elif op == "thread":
        threading.Thread(target=run, args=(message, args[0])).start()
    else:
        raise NotImplementedError(op)
