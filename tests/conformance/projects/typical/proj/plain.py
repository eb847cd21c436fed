"""Consumers that call nothing which could wait."""
import json

from channels import Group


def plain_connect(message, room):
    Group("plain-%s" % room).add(message.reply_channel)
    Group("plain-%s" % room).send({"text": json.dumps({"kind": "join", "room": room})})


def plain_receive(message, room):
    data = json.loads(message.content["text"])
    if data.get("all"):
        Group("plain-%s" % room).send({"text": json.dumps(data, sort_keys=True)})
        message.reply_channel.send({"text": json.dumps({"sent": True})})
    elif "numbers" in data:
        for number in data["numbers"]:
            message.reply_channel.send({"text": "number %d" % number})
    else:
        message.reply_channel.send({"text": ", ".join(sorted(data.keys()))})


def plain_disconnect(message, room):
    Group("plain-%s" % room).discard(message.reply_channel)
    Group("plain-%s" % room).send({"text": json.dumps({"kind": "leave"})})
