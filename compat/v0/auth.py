"""Users for consumers: who is signed in, by the browser's session or the reply channel's."""

import functools
from typing import Any, Callable

from django.contrib import auth

from .message import Message
from .sessions import channel_session, http_session

Consumer = Callable[..., Any]


class _SessionToRead:
    """What ``auth.get_user`` may see of a session. It must not move the session to a new key, as Django does after
    a change of SECRET_KEY: a reply channel's would not be found again, and the browser cannot be told of its own."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def __getitem__(self, key: str) -> Any:
        return self._session[key]

    def __contains__(self, key: str) -> bool:
        return key in self._session

    def __setitem__(self, key: str, value: Any) -> None:
        pass

    def cycle_key(self) -> None:
        pass


class _Request:
    """All of a request that ``auth.get_user`` asks for."""

    def __init__(self, session: Any) -> None:
        self.session = _SessionToRead(session)


def _user_of(session: Any) -> Any:
    if session is None:
        from django.contrib.auth.models import AnonymousUser  # models: not before all apps are loaded

        return AnonymousUser()
    return auth.get_user(_Request(session))


def transfer_user(from_session: Any, to_session: Any) -> None:
    """Sign the user of one session, if any, in to another."""
    keys = (auth.BACKEND_SESSION_KEY, auth.SESSION_KEY, auth.HASH_SESSION_KEY)
    if all(key in from_session for key in keys):
        for key in keys:
            to_session[key] = from_session[key]


def channel_session_user(func: Consumer) -> Consumer:
    """Gives the consumer ``message.user``, by ``message.channel_session``, which it gets too. Raises as
    :func:`~compat.v0.sessions.channel_session`."""

    @channel_session
    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        message.user = _user_of(message.channel_session)  # type: ignore[attr-defined]
        return func(message, *args, **kwargs)

    return inner


def http_session_user(func: Consumer) -> Consumer:
    """Gives the consumer ``message.user``, by ``message.http_session``, which it gets too; an AnonymousUser where
    the browser has no session. Raises as :func:`~compat.v0.sessions.http_session`."""

    @http_session
    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        message.user = _user_of(message.http_session)  # type: ignore[attr-defined]
        return func(message, *args, **kwargs)

    return inner


def channel_session_user_from_http(func: Consumer) -> Consumer:
    """As :func:`http_session_user`, and signs the user in to ``message.channel_session`` for the messages after
    this one: for consumers of ``websocket.connect``."""

    @http_session_user
    @channel_session
    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        if message.http_session is not None:  # type: ignore[attr-defined]
            transfer_user(message.http_session, message.channel_session)  # type: ignore[attr-defined]
        return func(message, *args, **kwargs)

    return inner


__all__ = [
    "channel_session",
    "channel_session_user",
    "channel_session_user_from_http",
    "http_session",
    "http_session_user",
    "transfer_user",
]
