"""One HTTP request that a legacy ``http.request`` route takes."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

from compat.guide import see

from .eager import into_a_task
from .executor import Lane
from .malformed import refused, text_of
from .reply import ReplyChannel
from .service import Content, Service

logger = logging.getLogger("django.channels")

Event = Dict[str, Any]

_TIMEOUT_PAGE = b"<h1>503 Service Unavailable</h1><p>Application did not send a response in time.</p>"


def request_content(scope: Event, as_tuples: bool) -> Content:
    """The content of ``http.request``, but for the reply channel and the body.

    Args:
        scope: the ASGI scope of the request.
        as_tuples: as for :func:`compat.v2.websocket.connect_content`.

    Raises:
        ValueError: this is no scope of a request.
    """
    with refused("a request's scope"):
        client, server = scope.get("client"), scope.get("server")
        pairs = ((bytes(name).lower(), bytes(value)) for name, value in scope.get("headers") or [])
        return {
            "http_version": "1.1",
            "method": text_of(scope, "method"),
            "path": text_of(scope, "path"),
            "root_path": scope.get("root_path") or "",
            "scheme": scope.get("scheme", "http"),
            "query_string": scope.get("query_string") or b"",
            "headers": [pair if as_tuples else list(pair) for pair in pairs if b"_" not in pair[0]],
            "client": list(client) if client else None,
            "server": list(server) if server else None,
        }


def response_headers(given: Any) -> List[Tuple[bytes, bytes]]:
    """Headers as ASGI wants them; 0.17 took pairs of bytes, or of str by mistake, and so do we.

    Raises:
        TypeError, ValueError: these are no pairs of names and values.
    """
    pairs = given.items() if isinstance(given, dict) else given or ()
    return [(_latin(name).lower(), _latin(value)) for name, value in pairs]


def _latin(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("latin-1")
    if not isinstance(value, (bytes, bytearray, memoryview)):  # bytes(3) would make three of them
        raise TypeError(f"a value is neither bytes nor str, but {type(value).__name__}")
    return bytes(value)


class Request:
    """One HTTP request whose consumer is legacy.

    ``http.request`` brings the whole body. What is sent on the reply channel goes out at once, until a message without
    ``more_content`` ends the response. ``http.disconnect`` follows, as with 0.17's server: after every response and
    when the client gives up. If no response has come to its end in ``http_timeout`` seconds, the client gets a 503.
    """

    def __init__(
        self, service: Service, scope: Event, receive: Callable[[], Awaitable[Event]], send: Callable[..., Any]
    ) -> None:
        self._service = service
        self._scope = scope
        self._receive = receive
        self._send = send
        self._reply = ReplyChannel(service, self._deliver)
        self._lane = Lane(service.pool, self._reply.run_consumer)
        self._started = False
        self._finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, content: Content) -> None:
        """Answer the request.

        Args:
            content: what :func:`request_content` has made of the scope.
        """
        body = await self._body()
        if body is None:
            return
        content["reply_channel"] = await self._reply.new_name("http.response!")
        content["body"] = body
        self._reply.open()
        self._lane.put(("http.request", content))
        gone = asyncio.ensure_future(self._wait_for_disconnect())
        try:
            await asyncio.wait(
                [self._finished, gone], timeout=self._service.http_timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if not self._finished.done() and not gone.done():
                await self._give_up()
        finally:
            gone.cancel()
            self._reply.close()
            self._lane.finish(self._disconnect)

    async def _body(self) -> Optional[bytes]:
        parts: List[bytes] = []
        while True:
            event = await self._receive()
            kind = event.get("type")
            if kind == "http.disconnect":
                return None
            if kind == "http.request":
                parts.append(event.get("body") or b"")
                if not event.get("more_body", False):
                    with refused("a request's body"):
                        return b"".join(parts)

    async def _wait_for_disconnect(self) -> None:
        while (await self._receive()).get("type") != "http.disconnect":
            pass

    async def _give_up(self) -> None:
        logger.error("%s got no response in %s s.", self._scope["path"], self._service.http_timeout)
        if self._started:
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._respond(503, [(b"content-type", b"text/html; charset=utf-8")], _TIMEOUT_PAGE, more=False)

    # --- in a consumer thread ---

    def _disconnect(self) -> None:
        try:
            if self._service.consumed("http.disconnect"):
                self._service.dispatch("http.disconnect", {"reply_channel": self._reply.name})
        finally:
            self._reply.leave_groups()

    # --- sending, on the event loop ---

    async def _deliver(self, content: Content) -> None:
        if self._finished.done():
            return
        try:
            status = content.get("status")
            if status is None and not self._started:
                raise ValueError("a response begins with a message that has a status")
            if status is not None and self._started:
                raise ValueError("the response has begun already")
            if status is not None and not (isinstance(status, int) and 100 <= status <= 999):
                raise ValueError(f"a status is a number from 100 to 999, not {status!r}")
            headers = response_headers(content.get("headers"))
            body = _latin(content.get("content", b""))
        except (TypeError, ValueError) as error:
            logger.error("Ignored a message for an HTTP response: %s. %s", error, see("http-response"))
            return
        more = bool(content.get("more_content", False))
        await into_a_task()
        try:
            await self._respond(status, headers, body, more)
        except asyncio.CancelledError:  # an Exception on Python 3.7
            raise
        except Exception as error:
            logger.debug("Could not send to %s: %r", self._reply.name, error)
            more = False
        if not more and not self._finished.done():
            self._finished.set_result(None)

    async def _respond(
        self, status: Optional[int], headers: List[Tuple[bytes, bytes]], body: bytes, more: bool
    ) -> None:
        if status is not None:
            self._started = True
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
