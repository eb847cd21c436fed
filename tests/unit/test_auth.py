"""Users of consumers."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Iterator

import django
import pytest
from django.conf import settings
from django.contrib import auth
from django.test.utils import override_settings
from support.accounts import accounts

from compat.v0.asgi import channel_layers
from compat.v0.auth import (
    channel_session_user,
    channel_session_user_from_http,
    http_session_user,
    transfer_user,
)
from compat.v0.message import Message
from compat.v0.sessions import session_for_reply_channel

KEYS = (auth.BACKEND_SESSION_KEY, auth.SESSION_KEY, auth.HASH_SESSION_KEY)
ALL = dict.fromkeys(KEYS, "x")


@pytest.fixture(autouse=True)
def _accounts() -> Iterator[None]:
    with accounts(SECRET_KEY="the first"):
        yield


@pytest.fixture
def user() -> Any:
    return auth.get_user_model().objects.create_user("ann", password="secret")


def signed_in(user: Any) -> str:
    """The key of a browser's session, as a login view leaves it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    request: Any = type("Request", (), {"session": session, "META": {}})()
    auth.login(request, user, "django.contrib.auth.backends.ModelBackend")
    session.save()
    return session.session_key  # type: ignore[no-any-return]


def message(key: str = "") -> Message:
    content: dict[str, Any] = {"reply_channel": "reply", "path": "/"}
    if key:
        content["headers"] = [[b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()]]
    return Message(content, "websocket.connect", channel_layers["default"])


@pytest.mark.parametrize(
    ("there", "before", "after"),
    [
        (ALL, {}, ALL),
        ({**ALL, "more": 1}, {"own": 1}, {**ALL, "own": 1}),
        ({}, {"own": 1}, {"own": 1}),
        *(({key: "x" for key in KEYS if key != missing}, {}, {}) for missing in KEYS),
    ],
)
def test_transfer_user(there: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    session = dict(before)
    transfer_user(there, session)
    assert session == after


@pytest.mark.parametrize("decorate", [http_session_user, channel_session_user_from_http])
def test_user_of_the_browser(decorate: Any, user: Any) -> None:
    consumer = decorate(lambda message: message.user)
    assert consumer(message(signed_in(user))) == user
    assert consumer(message()).is_anonymous


def test_user_stays_for_the_messages_after_connect(user: Any) -> None:
    channel_session_user_from_http(lambda message: None)(message(signed_in(user)))
    consumer = channel_session_user(lambda message: message.user)
    assert consumer(message()) == user


def test_nobody_is_signed_in() -> None:
    assert channel_session_user(lambda message: message.user)(message()).is_anonymous


def test_message_without_a_session() -> None:
    bare = message()
    bare.channel_session = None  # type: ignore[attr-defined]
    assert channel_session_user(lambda message: message.user)(bare).is_anonymous


def test_a_new_password_signs_out(user: Any) -> None:
    connect = channel_session_user_from_http(lambda message: message.user)
    receive = channel_session_user(lambda message: message.user)
    key = signed_in(user)
    connect(message(key))
    user.set_password("another")
    user.save()
    assert receive(message()).is_anonymous
    assert connect(message(key)).is_anonymous
    # … and leaves the socket its session.
    store = session_for_reply_channel("reply")
    assert store.exists(store.session_key)


@pytest.mark.skipif(django.VERSION < (4, 2), reason="SECRET_KEY_FALLBACKS is new in Django 4.1")
def test_a_new_secret_key_moves_no_session(user: Any) -> None:
    from django.contrib.sessions.models import Session

    key = signed_in(user)
    channel_session_user_from_http(lambda message: None)(message(key))
    before = set(Session.objects.values_list("session_key", flat=True))
    with override_settings(SECRET_KEY="the second", SECRET_KEY_FALLBACKS=["the first"]):
        user = auth.get_user_model().objects.get()
        for decorate in (http_session_user, channel_session_user_from_http, channel_session_user):
            assert decorate(lambda message: message.user)(message(key)) == user
    assert set(Session.objects.values_list("session_key", flat=True)) == before


def test_needs_a_reply_channel() -> None:
    with pytest.raises(ValueError, match="No reply_channel"):
        channel_session_user(lambda message: None)(Message({}, "x", channel_layers["default"]))


@pytest.mark.parametrize(
    ("flags", "user_there", "session_there"),
    [
        ({}, False, False),
        ({"channel_session": True}, False, True),
        ({"channel_session_user": True}, False, True),
        ({"http_user": True}, True, True),
        ({"http_user": True, "strict_ordering": True}, True, True),
        ({"http_user": True, "slight_ordering": True}, True, True),
    ],
)
def test_flags_of_class_based_consumers(
    flags: dict[str, bool], user_there: bool, session_there: bool, user: Any
) -> None:
    from compat.v0.generic.websockets import WebsocketConsumer

    seen: dict[str, Any] = {}

    class Consumer(WebsocketConsumer):
        def connect(self, message: Message, **kwargs: Any) -> None:
            seen.update(vars(message))

    connect = message(signed_in(user))
    connect.content["order"] = 0
    type("Flagged", (Consumer,), flags)(connect)
    assert (seen.get("user") == user, "channel_session" in seen) == (user_there, session_there)
