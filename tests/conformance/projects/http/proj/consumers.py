"""Consumers that answer HTTP requests."""
import os

from channels import Channel
from observing import observe


def note_of(message):
    """A file that tells, in every process, that a consumer of ours has seen the request."""
    return os.path.join(os.environ["CONFORMANCE_GATES"], "seen " + message.reply_channel.name)


def seen(consumer):
    def inner(message, **kwargs):
        open(note_of(message), "w").close()
        consumer(message, **kwargs)
    return inner


@seen
def answer(message):
    observe("request", content=message.content, channel=message.channel.name)
    message.reply_channel.send({
        "status": 201,
        "headers": [(b"Content-Type", b"text/plain"), (b"X-Method", message["method"].encode("ascii"))],
        "content": b"you said " + message["body"],
    })


@seen
def pieces(message):
    message.reply_channel.send({
        "status": 200, "headers": [[b"Content-Type", b"text/plain"]], "content": b"one ", "more_content": True,
    })
    message.reply_channel.send({"content": b"two ", "more_content": True})
    message.reply_channel.send({"content": b"three"})


@seen
def headers(message):
    """A status alone, and header names that are str, which 0.17 put up with."""
    message.reply_channel.send({"status": 404, "headers": [("X-Text", b"a"), ("X-Text", b"b")], "content": b""})


@seen
def elsewhere(message, word):
    """The answer comes from another consumer."""
    Channel("custom.answer").send({"reply_channel": message.reply_channel.name, "word": word})


def custom_answer(message):
    message.reply_channel.send({"status": 200, "headers": [], "content": message["word"].encode("ascii")})


def disconnect(message):
    """Also told of the requests that Django has answered, such as the harness's own."""
    if os.path.exists(note_of(message)):
        observe("disconnect", content=message.content)
