from observing import observe


def connect(message):
    offered = dict(message["headers"]).get(b"sec-websocket-protocol")
    observe("connect", offered=offered)


def receive(message):
    message.reply_channel.send({"text": message["text"]})


def disconnect(message):
    observe("disconnect", code=message["code"])
