"""Sockets that leave work to queues."""
from channels import Channel, Group
from observing import observe


def ask_connect(message, room):
    Group("queues-" + room).add(message.reply_channel)
    observe("connect", room=room)


def ask_receive(message, room):
    Channel("queues.count").send({
        "reply_channel": message.reply_channel.name,
        "room": room,
        "text": message["text"],
    })


def ask_disconnect(message, room):
    Group("queues-" + room).discard(message.reply_channel)
    observe("disconnect", room=room)


def count(message):
    """Counts words, and hands long texts on."""
    number = len(message.content["text"].split())
    observe("count", number=number, more="more" in message, missing=message.get("missing", 0))
    if number > 3:
        Channel("queues.publish").send({"room": message["room"], "number": number, "who": message["reply_channel"]})
    else:
        message.reply_channel.send({"text": "%d words" % number})
    if number == 1:
        message.reply_channel.send({"text": "one word is enough", "close": True})


def publish(message, **kwargs):
    Group("queues-" + message["room"]).send({"text": "%d words of somebody" % message["number"]})
    Group("queues-" + message["room"]).discard(message["who"])
    observe("published", kwargs=kwargs)
