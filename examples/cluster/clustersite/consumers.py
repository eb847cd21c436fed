import os

from channels import Channel, Group


def echo(message):
    message.reply_channel.send({"text": message["text"]})


def join(message, room):
    Group(room).add(message.reply_channel)
    message.reply_channel.send({"text": "joined"})


def say(message, room):
    Group(room).send({"text": message["text"]})


def leave(message, room):
    Group(room).discard(message.reply_channel)


def gone(message):
    pass


def order_work(message):
    Channel("work").send({"reply_channel": message.reply_channel.name, "text": message["text"]})


def work(message):
    text = message["text"]
    message.reply_channel.send({"text": str(os.getpid()) if text == "pid" else text})
