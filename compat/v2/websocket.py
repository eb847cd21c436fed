"""One WebSocket: ASGI events become messages of channels 0.17, and back."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, Dict, Iterator, List, Optional, Tuple
from urllib.parse import parse_qs, unquote, urlencode

from compat.guide import see

from . import versions, wire
from .eager import into_a_task
from .executor import Lane
from .malformed import refused, text_of
from .reply import Job, ReplyChannel
from .service import Content, Service

logger = logging.getLogger("django.channels")

Event = Dict[str, Any]

_REPLY_KEYS = frozenset(("type", wire.TYPED, "text", "bytes", "close", "accept"))


# --- what a consumer gets ------------------------------------------------------------------------


def _path(scope: Event) -> str:
    # 0.17's server took `;parameters` of the last segment off; one that was escaped is part of the name.
    path = text_of(scope, "path")
    if b";" in (scope.get("raw_path") or b""):
        head, slash, last = path.rpartition("/")
        path = head + slash + last.partition(";")[0]
    return path


def _query_string(raw: bytes) -> str:
    # 0.17 took it apart and put it together again, so blank values vanish and equal keys stand together.
    return unquote(urlencode(parse_qs(raw.decode("latin-1")), doseq=True))


def _headers(raw: List[Any], as_tuples: bool) -> List[Any]:
    merged: Dict[bytes, bytes] = {}
    for name, value in raw:
        name = bytes(name).lower()
        if b"_" in name:
            continue
        merged[name] = merged[name] + b"," + bytes(value) if name in merged else bytes(value)
    return [pair if as_tuples else list(pair) for pair in merged.items()]


def connect_content(scope: Event, as_tuples: bool) -> Content:
    """The content of ``websocket.connect``, but for the reply channel.

    Args:
        scope: the ASGI scope of the socket.
        as_tuples: whether headers come as tuples, as with 0.17's layer in memory, or as lists, as with Redis.

    Raises:
        ValueError: this is no scope of a socket.
    """
    with refused("a WebSocket's scope"):
        client, server = scope.get("client"), scope.get("server")
        return {
            "path": _path(scope),
            "headers": _headers(scope.get("headers") or [], as_tuples),
            "query_string": _query_string(scope.get("query_string") or b""),
            "client": list(client) if client else None,
            "server": list(server) if server else None,
            "order": 0,
        }


def choose_subprotocol(scope: Event, spoken: List[str]) -> Optional[str]:
    """The first one that the client offers and we speak, as 0.17 chose. Raises as :func:`connect_content`."""
    with refused("a WebSocket's scope"):
        return next((protocol for protocol in scope.get("subprotocols") or () if protocol in spoken), None)


# --- what a consumer sends -----------------------------------------------------------------------


def _may_be_sent(code: int) -> bool:
    # Servers refuse to close with any other, and the socket would be neither open nor closed.
    return 1000 <= code <= 1003 or 1007 <= code <= 1011 or 3000 <= code <= 4999


def reply_events(content: Content, close: Event) -> Iterator[Event]:
    """The ASGI events for one message on a reply channel: bytes, then text, then the close, as 0.17.

    Args:
        content: what was sent; keys that mean nothing are logged and ignored.
        close: the event that closes the socket without a code.
    """
    kind = content.get("type", wire.SEND)
    if kind == "websocket.close":  # of a native sender, who may give a code
        code = content.get("code")
        yield {"type": kind, "code": code} if isinstance(code, int) and _may_be_sent(code) else close
        return
    if kind not in (wire.SEND, "websocket.accept"):
        logger.error(
            "A socket with a consumer of channels 0.17 got an event of type %r, which it cannot send to its client. "
            'Send {"type": "websocket.send", "text": …} to groups that have such sockets. %s',
            kind,
            see("native-event"),
        )
        return
    if not _REPLY_KEYS.issuperset(content):
        unknown = content.keys() - _REPLY_KEYS
        logger.error(
            "Ignored the keys %s of a message for a WebSocket, which takes text, bytes, close and accept. %s",
            ", ".join(sorted(map(repr, unknown))),
            see("reply-keys"),
        )
    text, data = content.get("text"), content.get("bytes")
    if (text and not isinstance(text, str)) or (data and not isinstance(data, (bytes, bytearray, memoryview))):
        logger.error(
            "Ignored a message for a WebSocket: its text must be a str and its bytes must be bytes, not %s. %s",
            ", ".join(f"{key}={type(content[key]).__name__}" for key in ("text", "bytes") if content.get(key)),
            see("reply-types"),
        )
        return
    if data:
        yield {"type": "websocket.send", "bytes": bytes(data)}
    if text:
        yield {"type": "websocket.send", "text": text}
    if content.get("close") or content.get("accept") is False:
        yield close


# --- the socket ----------------------------------------------------------------------------------


class Socket:
    """One WebSocket whose consumers are legacy.

    The handshake is accepted before the connect consumer runs; refused, while the channel layer does not answer. The
    socket's messages run one after another, ``websocket.disconnect`` last and exactly once. Replies leave while the
    consumer still runs. While more than ``inbox`` frames wait for their consumer, the socket is not read from.
    """

    def __init__(self, service: Service, scope: Event, receive: Callable[[], Awaitable[Event]], send: Any) -> None:
        self._service = service
        self._scope = scope
        self._receive = receive
        self._send = send
        self._close = versions.codeless_close(send)
        self._needs_task = versions.needs_task(send)
        self._reply = ReplyChannel(service, self._deliver)
        self._path = ""
        self._frames = 0
        self._lane = Lane(service.pool, self._reply.run_consumer, self._progress)
        self._resume: Optional[asyncio.Future[None]] = None
        self._server_closed = False

    async def run(self) -> None:
        """Serve the socket until it is closed."""
        event = await self._receive()
        if event.get("type") != "websocket.connect":
            return
        if self._service.layer.outage.lasts:
            # 0.17's server cut it off. Its consumer could not put it into groups; browsers try again.
            await self._send({"type": "websocket.close"})
            return
        content = connect_content(self._scope, self._service.layer.local)
        subprotocol = choose_subprotocol(self._scope, self._service.protocols)
        self._path = content["path"]
        content["reply_channel"] = await self._reply.new_name("websocket.send!")
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})
        self._reply.open()
        self._service.sockets.add(self)
        code: Optional[int] = versions.ABNORMAL
        try:
            self._enqueue("websocket.connect", content)
            code = await self._read()
        finally:
            self._service.sockets.open.discard(self)
            self._reply.close()
            self._enqueue_disconnect(code)

    def waiting(self) -> Tuple[int, int]:
        """How many messages wait for the consumer, and for the client."""
        return len(self._lane), self._reply.waiting()

    async def _read(self) -> Optional[int]:
        while True:
            event = await self._receive()
            kind = event.get("type")
            if kind == "websocket.receive":
                self._frames += 1
                self._service.sockets.received += 1
                content: Content = {
                    "reply_channel": self._reply.name,
                    "path": self._path,
                    "order": self._frames,
                }
                if event.get("text") is not None:
                    content["text"] = event["text"]
                else:
                    content["bytes"] = event.get("bytes") or b""
                self._enqueue("websocket.receive", content)
                if len(self._lane) > self._service.inbox:
                    await self._room()
            elif kind == "websocket.disconnect":
                return None if self._server_closed else versions.disconnect_code(event, self._send)

    def _enqueue(self, channel: str, content: Content) -> None:
        if self._service.consumed(channel):
            self._lane.put((channel, content))

    def _enqueue_disconnect(self, code: Optional[int]) -> None:
        content = {
            "reply_channel": self._reply.name,
            "code": code,
            "path": self._path,
            "order": self._frames + 1,
        }
        self._lane.finish(lambda: self._disconnect(content))

    # --- in a consumer thread ---

    def _disconnect(self, content: Content) -> None:
        job: Optional[Job] = ("websocket.disconnect", content)
        try:
            while job is not None and self._service.consumed("websocket.disconnect"):
                job = self._reply.run_consumer(job)
        finally:
            self._reply.leave_groups()

    def _progress(self, waiting: int) -> None:
        if self._resume is not None and waiting <= self._service.inbox // 2:
            self._service.wakeups.post(self._let_read)

    # --- sending, on the event loop ---

    async def _deliver(self, content: Content) -> None:
        for event in reply_events(content, self._close):
            if self._server_closed:
                return
            if event["type"] == "websocket.close":
                self._server_closed = True
                await into_a_task()
            else:
                self._service.sockets.sent += 1
                if self._needs_task:
                    await into_a_task()
            try:
                await self._send(event)
            except asyncio.CancelledError:  # an Exception on Python 3.7
                raise
            except UnicodeError as error:
                logger.error(
                    "Ignored a message for a WebSocket: its text is no Unicode: %s. %s", error, see("reply-types")
                )
            except Exception as error:
                # The client may have left a moment ago; servers say that in different words. The disconnect follows.
                logger.debug("Could not send to %s: %r", self._reply.name, error)

    # --- back-pressure ---

    async def _room(self) -> None:
        self._resume = asyncio.get_running_loop().create_future()
        # The lane may have caught up before it could see the future.
        self._progress(len(self._lane))
        await self._resume

    def _let_read(self, _: Any) -> None:
        if self._resume is not None and not self._resume.done():
            self._resume.set_result(None)
        self._resume = None
