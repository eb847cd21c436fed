from observing import observe


def connect_numbered(message, **kwargs):
    observe("connect", by="numbered", kwargs=kwargs, path=message["path"])


def connect_nested(message, **kwargs):
    observe("connect", by="nested", kwargs=kwargs, path=message["path"])


def connect_dict(message, **kwargs):
    observe("connect", by="dict", kwargs=kwargs, path=message["path"])


def connect_bytes(message, word):
    observe("connect", by="bytes", word=word)


def connect_open_ended(message):
    observe("connect", by="open ended", path=message["path"])


def connect_starred(message):
    observe("connect", by="starred", path=message["path"])


def connect_first(message, **kwargs):
    observe("connect", by="first", kwargs=kwargs)


def connect_second(message, **kwargs):
    observe("connect", by="second", kwargs=kwargs)


def connect_optional(message, **kwargs):
    observe("connect", by="optional", kwargs=kwargs)


def connect_query(message, **kwargs):
    observe("connect", by="query", kwargs=kwargs)


def connect_never(message, **kwargs):
    observe("connect", by="never")


def connect_fallback(message, **kwargs):
    observe("connect", by="fallback", kwargs=kwargs)


def receive_command(message, who):
    message.reply_channel.send({"text": "you greeted %s" % who})


def whatever(message, **kwargs):
    """For all channels alike."""
    name = message.channel.name
    if name == "websocket.connect":
        observe("connect", by="whatever", kwargs=kwargs)
    elif name == "websocket.disconnect":
        observe("disconnect", by="whatever", kwargs=kwargs)
    else:
        message.reply_channel.send({"text": "whatever %r" % sorted(kwargs.items())})


def disconnect(message):
    observe("disconnect", by="disconnect")


# a routing in dict form, with dotted strings as consumers
AS_DICT = {
    "websocket.connect": connect_dict,
    "custom.from_dict": "proj.consumers.whatever",
}
