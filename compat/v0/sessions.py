"""Sessions for consumers: one per reply channel, and the browser's.

Keys and engines are those of channels 0.17, so that sessions which the old stack has saved are found.
"""

import functools
import hashlib
from importlib import import_module
from typing import Any, Callable, List, Optional, Tuple

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import CreateError
from django.utils.functional import SimpleLazyObject

from compat.guide import see

from .exceptions import ConsumeLater
from .handler import AsgiRequest
from .message import Message
from .worker import runs_in_order

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
    try:
        session.save(must_create=not session.exists(key))
    except CreateError:  # made by another consumer in between
        session.save()


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
        made: List[Tuple[Any, str]] = []

        def make() -> Any:
            session = session_for_reply_channel(name)
            made.append((session, session.session_key))
            return session

        message.channel_session = SimpleLazyObject(make)  # type: ignore[attr-defined]
        try:
            return func(message, *args, **kwargs)
        finally:
            for session, key in made:
                _persist(session, key)

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
            run = in_order if runs_in_order() else in_turn
            return run(message, *args, **kwargs)

        return inner

    return decorator if func is None else decorator(func)


def _run_in_turn(func: Consumer, slight: bool, message: Message, *args: Any, **kwargs: Any) -> Any:
    session, order = message.channel_session, int(message.content["order"])  # type: ignore[attr-defined]
    key = session.session_key
    if not _is_turn(session, order, slight):
        _park(message)
        # Its turn may have come between the look and the parking, and nobody would look again.
        if _is_turn(session_for_reply_channel(_reply_channel_of(message)), order, slight):
            _unpark(message)
        return None
    result = func(message, *args, **kwargs)
    if order == 0 or not slight:
        session[_NEXT_ORDER] = order + 1
        _persist(session, key)
    _unpark(message)
    return result


def _is_turn(session: Any, order: int, slight: bool) -> bool:
    expected = session.get(_NEXT_ORDER, 0)
    return bool(order == expected or (slight and expected > 0))


def _wait_channel(message: Message) -> str:
    # Without the marks that make a name process-local: any worker may have to read it.
    return "__wait__." + _reply_channel_of(message).replace("!", ".").replace("?", ".")


def _park(message: Message) -> None:
    layer = message.channel_layer
    try:
        layer.send(_wait_channel(message), {**message.content, "original_channel": message.channel.name})
    except layer.ChannelFull:
        raise layer.ChannelFull(
            f"Cannot add unordered message to already full __wait__ channel for socket {message.reply_channel}"
        ) from None


def _unpark(message: Message) -> None:
    """Put all parked messages of the socket back on their channels, where those whose turn it is not yet will be
    parked again."""
    layer = message.channel_layer
    while True:
        name, content = layer.receive_many([_wait_channel(message)])
        if name is None:
            return
        channel = content.pop("original_channel")
        try:
            layer.send(channel, content)
        except layer.ChannelFull:
            raise layer.ChannelFull(
                f"Cannot requeue pending __wait__ channel message back on to already full channel {channel}"
            ) from None


# --- the browser's session -----------------------------------------------------------------------


def _http_session_store(key: str) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)


def http_session(func: Consumer) -> Consumer:
    """Gives the consumer of ``websocket.connect`` or ``http.request`` ``message.http_session``: the browser's
    Django session, by its cookie or by ``session_key`` in the query string; None if there is neither.
    It is saved after the consumer, but not after an error.

    Raises:
        ValueError: the message cannot be read as a request.
    """

    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        if hasattr(message, "http_session"):
            return func(message, *args, **kwargs)
        key = _session_key_of(message)
        session = _http_session_store(key) if key else None
        message.http_session = session  # type: ignore[attr-defined]
        result = func(message, *args, **kwargs)
        # One without a key has expired or was flushed; the browser would not learn of a new one.
        if session is not None and session.modified and session.session_key:
            session.save()
        return result

    return inner


def _session_key_of(message: Message) -> Optional[str]:
    try:
        message.content.setdefault("method", "FAKE")  # as in 0.17, where consumers could see it
        request = AsgiRequest(message)
    except Exception as error:
        raise ValueError(
            f"Cannot parse HTTP message - are you sure this is a HTTP consumer? {type(error).__name__}: {error}"
        ) from error
    key: Optional[str] = request.GET.get("session_key")
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME) if key is None else key


def channel_and_http_session(func: Consumer) -> Consumer:
    """Gives the consumer both sessions, and the browser's also after ``websocket.connect``: the reply channel's
    session remembers its key. Raises as the two."""

    @http_session
    @channel_session
    @functools.wraps(func)
    def inner(message: Message, *args: Any, **kwargs: Any) -> Any:
        session, remembered = message.http_session, message.channel_session  # type: ignore[attr-defined]
        name = settings.SESSION_COOKIE_NAME
        if session is not None:
            if name not in remembered:
                remembered[name] = session.session_key
        elif name in remembered:
            message.http_session = _http_session_store(remembered[name])  # type: ignore[attr-defined]
        return func(message, *args, **kwargs)

    return inner


__all__ = [
    "channel_and_http_session",
    "channel_session",
    "enforce_ordering",
    "http_session",
    "session_for_reply_channel",
]
