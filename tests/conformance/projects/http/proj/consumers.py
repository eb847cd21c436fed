"""Consumers that answer HTTP requests."""
import os

from channels import Channel
from channels.handler import AsgiHandler, AsgiRequest, ViewConsumer
from channels.staticfiles import StaticFilesConsumer
from observing import observe, observe_end


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


@seen
def silent(message):
    observe("request")


@seen
def fails(message):
    observe("request")
    raise RuntimeError("no answer")


# -- Django's views --------------------------------------------------------------------------------------------

views = seen(ViewConsumer())
static_files = seen(StaticFilesConsumer())


class HastyRequest(AsgiRequest):
    body_receive_timeout = 0


class HastyHandler(AsgiHandler):
    request_class = HastyRequest


class HastyViews(ViewConsumer):
    handler_class = HastyHandler


hasty_views = HastyViews()
views_of_pieces = observe_end("views")(ViewConsumer())


@seen
def body_in_pieces(message, how):
    """As a server that sends a long body on a channel of its own."""
    layer = message.channel_layer
    name = layer.new_channel("http.request.body?")
    content = dict(message.content, path="/django/told/", body=message["body"][:2], body_channel=name)
    if how == "all":
        layer.send(name, {"content": message["body"][2:5], "more_content": True})
        layer.send(name, {"content": message["body"][5:]})
    elif how == "aborted":
        layer.send(name, {"closed": True})
    Channel("custom.hasty_views" if how == "slow" else "custom.views").send(content)


def disconnect(message):
    """Also told of the requests that Django has answered, such as the harness's own."""
    if os.path.exists(note_of(message)):
        observe("disconnect", content=message.content)
