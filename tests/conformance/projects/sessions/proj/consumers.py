"""Consumers with sessions and users.

Clients send lists of operations: those of ops.py, "look", and calls of a session's methods.
"""
import hashlib
import threading

import accounts
from channels import Channel
from channels.auth import (
    channel_session_user,
    channel_session_user_from_http,
    http_session_user,
    transfer_user,
)
from channels.generic.websockets import WebsocketConsumer
from channels.sessions import channel_and_http_session, channel_session, enforce_ordering, http_session
from django.conf import settings
from django.http import QueryDict
from django.test.utils import override_settings
from observing import observe, observe_end, wait_for_gate
from ops import step
from values import loads


def look(message, event="look"):
    """All that decorators have put on a message."""
    seen = {}
    for name in ("channel_session", "http_session"):
        if hasattr(message, name):
            seen[name] = show(message, getattr(message, name))
    if hasattr(message, "user"):
        seen["user"] = accounts.shown(message.user)
    observe(event, channel=message.channel.name, method=message.get("method"), seen=seen)


def show(message, session):
    if session is None:
        return None
    # without Django's and channels' own keys: what signs a user in, and what enforce_ordering counts with
    items = {key: value for key, value in session.items() if not key.startswith("_")}
    name = message.reply_channel.name.encode("ascii")
    keys = {None: "none", "chn" + hashlib.md5(name).hexdigest()[:29]: "of the reply channel"}
    browser = getattr(message, "http_session", None)
    if settings.SESSION_COOKIE_NAME in items:
        same = browser is not None and items[settings.SESSION_COOKIE_NAME] == browser.session_key
        items[settings.SESSION_COOKIE_NAME] = "key of the http_session" if same else "some key"
    return {"items": items, "modified": session.modified, "key": keys.get(session.session_key, "another")}


def work(message):
    for operation in loads(message["text"]):
        if operation[0] == "look":
            look(message)
        elif operation[0] in ("channel_session", "http_session"):
            call(getattr(message, operation[0]), *operation[1:])
        elif operation[0] == "transfer":
            transfer_user(message.http_session, message.channel_session)
        elif operation[0] == "name":
            observe("name", reply=message.reply_channel.name)
        elif operation[0] == "hand on":
            message.handed_on = operation[1:]
        else:
            step(message, *operation)


def receiver(decorator):
    """What is to be handed on goes out last, so that two consumers never run at a time."""
    decorated = observe_end("done")(decorator(work))

    def inner(message, **kwargs):
        decorated(message, **kwargs)
        if hasattr(message, "handed_on"):
            channel, content = message.handed_on
            Channel(channel).send(dict({"reply_channel": message.reply_channel.name}, **content))
    return inner


def call(session, method, *args):
    if method == "append":
        # in place: the session does not notice
        session[args[0]].append(args[1])
    elif method == "modified":
        session.modified = True
    else:
        observe("call", method=method, result=getattr(session, method)(*args))


def consumers(on_connect, decorator=None):
    """Consumers of one socket, all decorated alike if there is one decorator only."""
    decorator = decorator or on_connect
    return (
        observe_end("connect")(on_connect(look)),
        receiver(decorator),
        observe_end("disconnect")(decorator(look)),
    )


def both_separately(consumer):
    return http_session(channel_session(consumer))


plain = consumers(channel_session)
http = consumers(http_session)
both = consumers(channel_and_http_session)
twice = consumers(both_separately)
http_user = consumers(http_session_user)
channel_user = consumers(channel_session_user)
user_from_http = consumers(channel_session_user_from_http, channel_session_user)
user_from_http_always = consumers(channel_session_user_from_http)


@observe_end("custom")
@channel_session
def custom(message):
    look(message, "custom look")
    message.channel_session["custom"] = "was here"


@observe_end("custom")
@channel_session_user
def custom_user(message):
    look(message, "custom look")


@observe_end("done")
@http_session_user
@channel_session
def request(message):
    look(message)
    message.http_session["request"] = "was here"
    message.reply_channel.send({"status": 200, "headers": [], "content": b"seen"})


# -- engines -----------------------------------------------------------------------------------------------

one_at_a_time = threading.Lock()


def with_engine(consumer):
    """As a project whose settings name another engine."""
    def inner(message, engine):
        name = "django.contrib.sessions.backends." + engine
        with one_at_a_time, override_settings(CHANNEL_SESSION_ENGINE=name):
            try:
                consumer(message)
            except ValueError as error:
                observe("refused", error=str(error))
    return inner


engine_connect = observe_end("connect")(with_engine(channel_session(look)))
engine_receive = observe_end("done")(with_engine(channel_session(work)))


def plain_disconnect(message, **kwargs):
    observe("disconnect")


# -- order -------------------------------------------------------------------------------------------------

def held(message):
    """A connect consumer that takes its time."""
    observe("held")
    wait_for_gate(QueryDict(message["query_string"])["gate"])
    message.channel_session["connected"] = True


def end_of_run(consumer):
    """Being set aside is none."""
    def inner(message):
        consumer(message)
        if hasattr(message, "has_run"):
            observe("done")
    return inner


def ordered(message):
    wait_for_gate(message["text"])
    look(message)
    message.has_run = True


strict_connect = observe_end("connect")(enforce_ordering(held))
strict_receive = end_of_run(enforce_ordering(slight=False)(ordered))
strict_disconnect = observe_end("disconnect")(enforce_ordering(look))
slight_connect = observe_end("connect")(enforce_ordering(slight=True)(held))
slight_receive = end_of_run(enforce_ordering(ordered, slight=True))
slight_disconnect = observe_end("disconnect")(enforce_ordering(slight=True)(look))


def ran(message):
    wait_for_gate(message["gate"])
    session = message.channel_session
    session["ran"] = session.get("ran", []) + [message["order"]]
    observe("ran", content=message.content)
    if message.get("raise"):
        raise RuntimeError("in its turn")


custom_strict = observe_end("looked at")(enforce_ordering(ran))
custom_slight = observe_end("looked at")(enforce_ordering(slight=True)(ran))


# -- classes -----------------------------------------------------------------------------------------------

class Person(WebsocketConsumer):
    """Flags come by as_route."""

    ends = {"websocket.connect": "connect", "websocket.receive": "done", "websocket.disconnect": "disconnect"}

    def dispatch(self, message, **kwargs):
        observe_end(self.ends[message.channel.name])(super(Person, self).dispatch)(message, **kwargs)

    def connect(self, message, **kwargs):
        look(message)
        if hasattr(message, "channel_session"):
            message.channel_session["room"] = "blue"

    def receive(self, text=None, bytes=None, **kwargs):
        work(self.message)

    def disconnect(self, message, **kwargs):
        look(message)
