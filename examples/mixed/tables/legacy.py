"""Consumers as channels 0.17 knew them; they know nothing of the native ones at their table."""

import json

from channels import Group


def frame(who, text):
    return {"text": json.dumps({"who": who, "text": text})}


def ws_connect(message, table, name):
    Group("table-" + table).add(message.reply_channel)
    Group("table-" + table).send(frame(name, "sits down"))


def ws_receive(message, table, name):
    text = json.loads(message.content["text"])["text"]
    Group("table-" + table).send(frame(name, text))


def ws_disconnect(message, table, name):
    Group("table-" + table).discard(message.reply_channel)
    Group("table-" + table).send(frame(name, "gets up"))
