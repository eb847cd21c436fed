"""Function consumers as the projects of 2016 have them; all of these can be rewritten as native ones."""
import json
from urllib.parse import parse_qs

from channels import Group
from channels.sessions import channel_session, enforce_ordering
from observing import observe

# -- a chat, with the room in the session -------------------------------------------------------------------

@channel_session
def chat_connect(message, room):
    """Somebody enters."""
    message.channel_session["room"] = room
    message.channel_session["said"] = 0
    # everybody hears of it
    Group("chat-%s" % room).add(message.reply_channel)
    Group("chat-%s" % room).send({"text": json.dumps({"kind": "join", "path": message["path"]})})
    observe("connect")


@channel_session
def chat_receive(message, room):
    said = message.channel_session["said"] = message.channel_session.get("said", 0) + 1
    data = json.loads(message.content["text"])
    if data.get("close"):
        message.reply_channel.send({"close": True})
        return
    if "nick" in data:
        message.channel_session["nick"] = data["nick"]
        message.reply_channel.send({"text": json.dumps({"hello": data["nick"]})})
        return
    Group("chat-%s" % message.channel_session["room"]).send({
        "text": json.dumps({
            "kind": "say", "nick": message.channel_session.get("nick"), "text": data["text"], "said": said,
        }),
    })


@channel_session
def chat_disconnect(message, room):
    Group("chat-%s" % room).discard(message.reply_channel)
    Group("chat-%s" % room).send({"text": json.dumps({"kind": "leave", "room": message.channel_session["room"]})})
    observe("disconnect", code=message["code"])


# -- echoes of all kinds -------------------------------------------------------------------------------------

@enforce_ordering
def echo_connect(message, **kwargs):
    query = parse_qs(message["query_string"])
    headers = dict(message["headers"])
    observe("connect", kwargs=kwargs, query=sorted(query.items()), upgrade=headers.get(b"upgrade"))


@enforce_ordering(slight=True)
def echo_receive(message, word):
    if "bytes" in message.content:
        message.reply_channel.send({"bytes": message.content["bytes"]})
    elif message.get("text") == "name":
        group = Group("echo-%s" % word)
        group.add(message.reply_channel.name)
        group.send({"text": "by name"})
    elif message["text"] == "group first":
        Group("echo-%s" % word).add(message.reply_channel)
        for number in range(3):
            Group("echo-%s" % word).send({"text": "group %d" % number})
            message.reply_channel.send({"text": "reply %d" % number})
        message.reply_channel.send({"text": "last"})
    elif message["text"] == "reply first":
        message.reply_channel.send({"text": "reply"})
        Group("echo-%s" % word).send({"text": "group"})
    elif message["text"] == "last words":
        message.reply_channel.send({"text": "bye", "close": True})
    elif message["text"] == "nothing":
        message.reply_channel.send({"text": ""})
        message.reply_channel.send({})
        message.reply_channel.send(answer(word))
    else:
        message.reply_channel.send({"text": message["text"]})


def echo_disconnect(message, word):
    observe("disconnect", word=word, code=message["code"])


def answer(word):
    return {"text": "to " + word}
