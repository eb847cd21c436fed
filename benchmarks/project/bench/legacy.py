from channels import Channel, Group
from channels.routing import route

from bench.database import query


def ws_echo(message):
    message.reply_channel.send({"text": message.content["text"]})


def fan_connect(message):
    Group("fan").add(message.reply_channel)


def fan_receive(message):
    Group("fan").send({"text": message.content["text"]})


def fan_disconnect(message):
    Group("fan").discard(message.reply_channel)


def ws_block(message):
    query()
    message.reply_channel.send({"text": message.content["text"]})


def ws_custom(message):
    Channel("bench.work").send({"reply_channel": message.reply_channel.name, "text": message.content["text"]})


def work(message):
    message.reply_channel.send({"text": message.content["text"]})


channel_routing = [
    route("websocket.receive", ws_echo, path=r"^/echo$"),
    route("websocket.connect", fan_connect, path=r"^/fan$"),
    route("websocket.receive", fan_receive, path=r"^/fan$"),
    route("websocket.disconnect", fan_disconnect, path=r"^/fan$"),
    route("websocket.receive", ws_block, path=r"^/block$"),
    route("websocket.receive", ws_custom, path=r"^/custom$"),
    route("bench.work", work),
]
