"""The chat: one function per kind of message, and a background job on a channel of its own."""

import json
import time

from channels import Channel, Group


def chat_group(room):
    return Group("chat-" + room)


def frame(**values):
    return {"text": json.dumps(values, sort_keys=True)}


def ws_connect(message, room, name):
    chat_group(room).add(message.reply_channel)
    chat_group(room).send(frame(kind="join", who=name))


def ws_receive(message, room, name):
    text = json.loads(message.content["text"])["text"]
    command, _, rest = text.partition(" ")
    if command != "/guess":
        chat_group(room).send(frame(kind="say", who=name, text=text))
        return
    # Slow work does not belong in the consumer of a socket: hand it over together with the
    # name of the channel that wants the answer, and say at once that it is on its way.
    message.reply_channel.send(frame(kind="job", state="working", guesses=rest))
    Channel("chat.guess").send({"reply_channel": message.reply_channel.name, "guesses": rest})


def ws_disconnect(message, room, name):
    chat_group(room).discard(message.reply_channel)
    chat_group(room).send(frame(kind="leave", who=name))


def work_out_guess(message):
    """Two thirds of the average of all guesses, the classic of the classroom."""
    guesses = message.content["guesses"]
    time.sleep(0.3)  # the slow work
    try:
        numbers = [float(number) for number in guesses.split()]
        answer = round(sum(numbers) / len(numbers) * 2 / 3, 2)
    except (ValueError, ZeroDivisionError):
        message.reply_channel.send(frame(kind="job", state="failed", guesses=guesses))
    else:
        message.reply_channel.send(frame(kind="job", state="done", guesses=guesses, answer=answer))
