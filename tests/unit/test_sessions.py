"""Sessions of reply channels and browsers; the order of a socket's messages."""

from __future__ import annotations

import datetime
from importlib import import_module
from typing import Any, Iterator

import django
import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from support.accounts import accounts

from compat.v0.asgi import channel_layers
from compat.v0.exceptions import ConsumeLater
from compat.v0.message import Message
from compat.v0.sessions import (
    channel_and_http_session,
    channel_session,
    enforce_ordering,
    http_session,
    session_for_reply_channel,
)
from compat.v0.worker import Worker

BACKENDS = "django.contrib.sessions.backends."


@pytest.fixture(autouse=True)
def _accounts() -> Iterator[None]:
    with accounts():
        yield


def message(content: dict[str, Any] | None = None, channel: str = "websocket.receive") -> Message:
    return Message({"reply_channel": "reply", **(content or {})}, channel, channel_layers["default"])


def browser_session(**values: Any) -> Any:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.update(values)
    store.create()
    return store


def with_cookie(key: str, **more: Any) -> dict[str, Any]:
    cookie = f"a=b; {settings.SESSION_COOKIE_NAME}={key}".encode()
    return {"path": "/", "headers": [[b"cookie", cookie]], **more}


# --- the key -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply_channel", "key"),
    [  # as the real 0.17.3 gives them
        ("websocket.send!RqCPRdMRNPwe", "chncc89afa04f79323518682a2b1b206"),
        ("daphne.response.HnmyACvghc!RqVAVuAvlw", "chn117dc8b65ef0502a69d5c025aa853"),
        ("é", "chn66ddcd97cfdeabb2f6fb8a999b4bc"),
    ],
)
def test_key(reply_channel: str, key: str) -> None:
    assert session_for_reply_channel(reply_channel).session_key == key


# The row that the real 0.17.3 (Django 1.11) saved for the first of these, with this SECRET_KEY.
OLD_SECRET_KEY = "not a secret"
OLD_ROW = {
    "session_key": "chncc89afa04f79323518682a2b1b206",
    "session_data": "ZTA3ZWY5ZmQ0M2ViMTUwMTgwY2FlYjc1NGM2YzlkOTFmNmMzYWQ2NTp7InJvb20iOiJibHVlIiwic2FpZCI6M30=",
}


def test_a_row_that_the_old_stack_wrote() -> None:
    """Found by every Django; read by those before 4.0, which drop what 1.11 wrote, browsers' sessions included."""
    from django.contrib.sessions.models import Session

    Session.objects.create(expire_date=timezone.now() + datetime.timedelta(days=1), **OLD_ROW)
    with override_settings(SECRET_KEY=OLD_SECRET_KEY, SESSION_ENGINE=BACKENDS + "db"):
        session = session_for_reply_channel("websocket.send!RqCPRdMRNPwe")
        assert session.exists(session.session_key)
        assert dict(session.items()) == ({"room": "blue", "said": 3} if django.VERSION < (4, 0) else {})
        session["said"] = 4
        session.save()
    assert Session.objects.count() == 1


@pytest.mark.parametrize("engine", ["db", "cache", "cached_db"])
def test_values_are_kept(engine: str) -> None:
    with override_settings(SESSION_ENGINE=BACKENDS + engine):
        first = session_for_reply_channel("kept." + engine)
        first["answer"] = 42
        first.save(must_create=True)
        assert session_for_reply_channel("kept." + engine)["answer"] == 42
        assert session_for_reply_channel("other").get("answer") is None


def test_an_engine_of_its_own() -> None:
    with override_settings(CHANNEL_SESSION_ENGINE=BACKENDS + "cache", SESSION_ENGINE=BACKENDS + "signed_cookies"):
        assert type(session_for_reply_channel("reply")).__module__ == BACKENDS + "cache"


def test_signed_cookies_are_refused() -> None:
    with override_settings(SESSION_ENGINE=BACKENDS + "signed_cookies"), pytest.raises(ValueError, match="signed cook"):
        session_for_reply_channel("reply")


# --- channel_session -----------------------------------------------------------------------------


def test_messages_share_their_channel_session() -> None:
    @channel_session
    def consumer(message: Message) -> Any:
        message.channel_session["count"] = message.channel_session.get("count", 0) + 1
        return message.channel_session["count"]

    other = message({"reply_channel": "other"})
    assert [consumer(message()), consumer(message()), consumer(other), consumer(message())] == [1, 2, 1, 3]


def test_decorated_twice_it_is_one_session() -> None:
    @channel_session
    def inner(message: Message) -> Any:
        message.channel_session["inner"] = True
        return message.channel_session

    @channel_session
    def outer(message: Message) -> Any:
        return message.channel_session is inner(message)

    assert outer(message())
    assert session_for_reply_channel("reply")["inner"]


def test_it_exists_even_if_it_is_not_used() -> None:
    channel_session(lambda message: None)(message())
    assert session_for_reply_channel("reply").exists(session_for_reply_channel("reply").session_key)


def test_it_is_saved_after_an_error() -> None:
    @channel_session
    def consumer(message: Message) -> None:
        message.channel_session["seen"] = True
        raise KeyError("x")

    with pytest.raises(KeyError):
        consumer(message())
    assert session_for_reply_channel("reply")["seen"]


def test_no_reply_channel() -> None:
    consumer = channel_session(lambda message: None)
    with pytest.raises(ValueError, match="No reply_channel sent to consumer"):
        consumer(Message({}, "mail.send", channel_layers["default"]))


def test_somebody_else_is_just_making_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def save(self: Any, must_create: bool = False) -> None:
        raise CreateError

    monkeypatch.setattr(import_module(settings.SESSION_ENGINE).SessionStore, "save", save)
    with pytest.raises(ConsumeLater):
        channel_session(lambda message: None)(message())


def test_flushed_it_is_found_again() -> None:
    @channel_session
    def sign_out(message: Message) -> None:
        message.channel_session["before"] = True
        message.channel_session.save()
        message.channel_session.flush()
        message.channel_session["after"] = True

    sign_out(message())
    assert dict(session_for_reply_channel("reply").items()) == {"after": True}


# --- enforce_ordering ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slight", "arriving", "run"),
    [
        (False, [0, 1, 2], [0, 1, 2]),
        (False, [2, 1, 0], [0, 1, 2]),
        (False, [1, 0, 3, 2], [0, 1, 2, 3]),
        (False, [0, 2], [0]),
        (False, [1], []),
        (True, [0, 1, 2], [0, 1, 2]),
        (True, [0, 2, 1], [0, 2, 1]),
        (True, [1, 0, 2], [0, 2, 1]),
        (True, [2], []),
    ],
)
def test_order(slight: bool, arriving: list[int], run: list[int]) -> None:
    seen: list[int] = []

    @enforce_ordering(slight=slight)
    def consumer(message: Message) -> None:
        seen.append(message["order"])

    layer = channel_layers["default"]
    for order in arriving:
        consumer(message({"order": order}))
    # What was parked and put back.
    while True:
        name, content = layer.receive_many(["websocket.receive"])
        if name is None:
            break
        consumer(Message(content, name, layer))
    assert seen == run


def test_order_without_arguments_is_strict() -> None:
    seen: list[int] = []
    consumer = enforce_ordering(lambda message: seen.append(message["order"]))
    for order in (0, 2):
        consumer(message({"order": order}))
    assert seen == [0]


@pytest.mark.parametrize("mark", ["!", "?"])
def test_messages_wait_on_a_channel_that_any_worker_can_read(mark: str) -> None:
    consumer = enforce_ordering(lambda message: None)
    consumer(message({"order": 1, "reply_channel": f"a{mark}b"}, "websocket.connect"))
    _, content = channel_layers["default"].receive_many(["__wait__.a.b"])
    assert content == {"order": 1, "reply_channel": f"a{mark}b", "original_channel": "websocket.connect"}


def test_its_turn_came_while_it_was_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = enforce_ordering(lambda message: None)
    layer = channel_layers["default"]
    send = layer.send

    def send_after_the_first_is_done(channel: str, content: dict[str, Any]) -> None:
        monkeypatch.setattr(layer, "send", send)
        consumer(message({"order": 0}))
        send(channel, content)

    monkeypatch.setattr(layer, "send", send_after_the_first_is_done, raising=False)
    consumer(message({"order": 1}))
    assert layer.receive_many(["websocket.receive"])[1]["order"] == 1


@pytest.mark.parametrize("content", [{}, {"order": 0, "reply_channel": None}])
def test_order_of_what_has_none(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="can only be used on messages containing it"):
        enforce_ordering(lambda message: None)(message(content))


def test_too_many_wait() -> None:
    layer = channel_layers["default"]
    consumer = enforce_ordering(lambda message: None)
    for order in range(1, layer.capacity + 1):
        consumer(message({"order": order}))
    with pytest.raises(layer.ChannelFull, match="__wait__ channel for socket reply"):
        consumer(message({"order": 99}))


def test_no_room_to_put_them_back() -> None:
    layer = channel_layers["default"]
    consumer = enforce_ordering(lambda message: None)
    consumer(message({"order": 1}))
    for _ in range(layer.capacity):
        layer.send("websocket.receive", {})
    with pytest.raises(layer.ChannelFull, match="already full channel websocket.receive"):
        consumer(message({"order": 0}))


def served(consumer: Any, content: dict[str, Any]) -> None:
    """Run ``consumer`` as a socket of this process does."""
    layer = channel_layers["default"]
    layer.router.match = lambda message: (consumer, {})
    Worker(layer).dispatch("websocket.receive", {"reply_channel": "reply", **content}, in_order=True)


def test_order_costs_a_served_socket_nothing() -> None:
    seen: list[int] = []
    consumer = enforce_ordering(lambda message: seen.append(message["order"]))
    with CaptureQueriesContext(connection) as queries:
        for order in (0, 1, 2):
            served(consumer, {"order": order})
    assert (seen, len(queries)) == ([0, 1, 2], 0)


def test_a_served_socket_has_its_session_all_the_same() -> None:
    @enforce_ordering
    def consumer(message: Message) -> None:
        message.channel_session["count"] = message.channel_session.get("count", 0) + 1

    for order in (0, 1, 2):
        served(consumer, {"order": order})
    assert dict(session_for_reply_channel("reply").items()) == {"count": 3}


# --- http_session --------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["cookie", "query string", "both"])
def test_http_session(where: str) -> None:
    key = browser_session(pony="Ed").session_key
    content = {
        "cookie": with_cookie(key),
        "query string": {"path": "/", "query_string": f"session_key={key}"},
        "both": with_cookie("somebody-elses-key-0123456789abc", query_string=f"x=1&session_key={key}"),
    }[where]

    @http_session
    @http_session
    def consumer(message: Message) -> Any:
        message.http_session["seen"] = True
        return message.http_session["pony"]

    assert consumer(message(content)) == "Ed"
    assert type(browser_session())(session_key=key)["seen"]


def test_no_http_session() -> None:
    consumer = http_session(lambda message: message.http_session)
    assert consumer(message({"path": "/"})) is None
    assert consumer(message(with_cookie(""))) is None


def test_http_session_is_not_saved_after_an_error() -> None:
    key = browser_session().session_key

    @http_session
    def consumer(message: Message) -> None:
        message.http_session["seen"] = True
        raise KeyError("x")

    with pytest.raises(KeyError):
        consumer(message(with_cookie(key)))
    assert "seen" not in type(browser_session())(session_key=key)


def test_http_session_that_is_gone_is_not_made_anew() -> None:
    from django.contrib.sessions.models import Session

    @http_session
    def consumer(message: Message) -> None:
        message.http_session["seen"] = True

    consumer(message(with_cookie("k" * 32)))
    assert not Session.objects.exists()


def test_no_request() -> None:
    with pytest.raises(ValueError, match="are you sure this is a HTTP consumer"):
        http_session(lambda message: None)(message({}))


def test_later_messages_know_the_http_session() -> None:
    key = browser_session(pony="Ed").session_key
    consumer = channel_and_http_session(lambda message: message.http_session)
    assert consumer(message(with_cookie(key)))["pony"] == "Ed"
    assert consumer(message({"path": "/"}))["pony"] == "Ed"
    assert session_for_reply_channel("reply")[settings.SESSION_COOKIE_NAME] == key
    assert consumer(message({"path": "/", "reply_channel": "other"})) is None
