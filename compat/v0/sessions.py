"""Sessions for consumers: one per reply channel, and the browser's.

Keys and engines are those of channels 0.17, so that sessions which the old stack has saved are found.
"""

import functools
import hashlib
from importlib import import_module
from typing import Any, Callable, Optional

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import CreateError
from django.utils.functional import SimpleLazyObject

from compat.guide import see

from .exceptions import ConsumeLater
from .handler import AsgiRequest
from .message import Message

Consumer = Callable[..., Any]

_NEXT_ORDER = "__channels_next_order"


# --- the session of a reply channel --------------------------------------------------------------


def session_for_reply_channel(reply_channel: str) -> Any:
    """The session of the reply channel with this name; not saved yet if nobody has used it.

    Raises:
        ValueError: the session engine is that of signed cookies, which a socket has no way to set.
    """
    # A fixed prefix and as much of a hash as makes 32 characters, the length of Django's own keys.
    key = "chn" + hashlib.md5(reply_channel.encode("utf8")).hexdigest()[:29]
    engine = import_module(getattr(settings, "CHANNEL_SESSION_ENGINE", settings.SESSION_ENGINE))
    if engine is signed_cookies:
        raise ValueError(
            "You cannot use channels session functionality with signed cookie sessions! "
            f"Set CHANNEL_SESSION_ENGINE to another engine. {see('signed-cookies')}"
        )
    session = engine.SessionStore(session_key=key)
    session.keys()
    # Reading a session that does not exist makes the store forget its key.
    session._session_key = key
    return session


def _reply_channel_of(message: Message) -> str:
    if not message.reply_channel:
        raise ValueError(
            "No reply_channel sent to consumer; @channel_session can only be used on messages containing it."
        )
    return message.reply_channel.name


def _persist(session: Any, key: str) -> None:
    if not session.modified:
        return
    # Signing out flushes a session, which takes its key: under another one nobody would find it again.
    session._session_key = key
    session.save(must_create=not session.exists(key))


def channel_session(func: Consumer) -> Consumer:
    """Gives the consumer ``message.channel_session``: a session that all messages with the same reply channel
    share. It is saved when the consumer is done, also after an error.

    Raises:
        ValueError: the message has no reply channel, or see :func:`session_for_reply_channel`.
        ConsumeLater: another consumer has just made the session.
    """

    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        if hasattr(message, "channel_session"):
            return func(message, *args, **kwargs)
        session = session_for_reply_channel(_reply_channel_of(message))
        key = session.session_key
        if not session.exists(key):
            try:
                session.save(must_create=True)
            except CreateError:
                raise ConsumeLater from None
        message.channel_session = session  # type: ignore[attr-defined]
        try:
            return func(message, *args, **kwargs)
        finally:
            _persist(session, key)

    return inner


def _channel_session_on_demand(func: Consumer) -> Consumer:
    """As :func:`channel_session`, but costs nothing while the consumer does not touch it."""

    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        if hasattr(message, "channel_session"):
            return func(message, *args, **kwargs)
        name = _reply_channel_of(message)
        made = []

        def make() -> Any:
            made.append(session_for_reply_channel(name))
            return made[0]

        message.channel_session = SimpleLazyObject(make)  # type: ignore[attr-defined]
        try:
            return func(message, *args, **kwargs)
        finally:
            for session in made:
                _persist(session, session_key_of(name))

    return inner


# --- order ---------------------------------------------------------------------------------------


def enforce_ordering(func: Optional[Consumer] = None, slight: bool = False) -> Any:
    """Runs the consumer for the messages of a socket in the order in which they came in. Gives it
    ``message.channel_session`` too.

    Args:
        slight: only see to it that the first message (connect) is done before all others.

    Raises:
        ValueError: the message has no ``order`` or no reply channel.
        ChannelFull: too many messages wait for their turn.
    """

    def decorator(func: Consumer) -> Consumer:
        # A socket that is served here runs its messages one after another anyway.
        in_order = _channel_session_on_demand(func)
        in_turn = channel_session(functools.partial(_run_in_turn, func, slight))

        @functools.wraps(func)
        def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
            if "order" not in message.content:
                raise ValueError(
                    "No `order` value in message; @enforce_ordering can only be used on messages containing it."
                )
            run = in_order if getattr(message, "__in_order__", False) else in_turn
            return run(message, *args, **kwargs)

        return inner

    return decorator if func is None else decorator(func)
