"""WebSocket and HTTP clients that show every frame as it came.

The protocol is `websockets`' sans-I/O one; the bytes are moved here, so that a client can also break the rules.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

DEADLINE = 12.0
Frame = dict[str, Any]


class Client:
    """One socket. `seen` holds what came from the server, in order."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.seen: list[Frame] = []
        self.queue: asyncio.Queue[Frame] = asyncio.Queue()
        self.closing = False
        self.ended = False
        self.protocol: ClientProtocol
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self._task: asyncio.Task[None] | None = None
        self._probes = 0
        self._early: list[Any] = []

    # -- opening -----------------------------------------------------------------------------------------

    async def open(
        self, path: str, headers: Iterable[tuple[str, str]] = (), subprotocols: Iterable[str] = (),
    ) -> None:
        """Shake hands; a refusal is recorded as {"refused": status}."""
        uri = parse_uri(f"ws://127.0.0.1:{self.port}{path}")
        offered = [Subprotocol(each) for each in subprotocols]
        self.protocol = ClientProtocol(uri, subprotocols=offered or None, max_size=None)
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = self.protocol.connect()
        for name, value in headers:
            request.headers[name] = value
        self.protocol.send_request(request)
        self._flush()
        answer = await asyncio.wait_for(self._handshake(), DEADLINE)
        if answer.status_code != 101:
            self.ended = True
            self._record({"refused": answer.status_code})
            self.writer.close()
            return
        opened: Frame = {"opened": True}
        if offered:
            opened["subprotocol"] = self.protocol.subprotocol
        self._record(opened)
        await self.queue.get()
        self._task = asyncio.ensure_future(self._read())

    async def _handshake(self) -> Response:
        cut = False
        while True:
            events = self.protocol.events_received()
            if events:
                # frames may have come in one packet with the answer
                answer, *self._early = events
                assert isinstance(answer, Response)
                return answer
            if cut:
                raise ConnectionError(f"{self.name}: connection cut during the handshake")
            if self.protocol.handshake_exc is not None:
                raise self.protocol.handshake_exc
            data = await self.reader.read(65536)
            if data:
                self.protocol.receive_data(data)
            else:  # with it ends an answer that does not say how long it is
                self.protocol.receive_eof()
                cut = True

    # -- receiving ---------------------------------------------------------------------------------------

    async def _read(self) -> None:
        parts: list[bytes] = []
        kind = Opcode.TEXT
        events = self._early
        while True:
            events += self.protocol.events_received()
            self._flush()
            for event in events:
                assert isinstance(event, WireFrame)
                if event.opcode is Opcode.CLOSE:
                    self._closed()
                elif event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                    if event.opcode is not Opcode.CONT:
                        kind, parts = event.opcode, []
                    parts.append(bytes(event.data))
                    if event.fin:
                        self._frame(kind, b"".join(parts))
            events = []
            try:
                data = await self.reader.read(65536)
            except ConnectionError:
                data = b""
            if not data:
                self._cut()
                return
            self.protocol.receive_data(data)

    def _frame(self, kind: Opcode, data: bytes) -> None:
        self._record({"text": data.decode()} if kind is Opcode.TEXT else {"binary": data.hex()})

    def _closed(self) -> None:
        """A close frame came. The answer to our own one says nothing about the application: not recorded."""
        close = self.protocol.close_rcvd
        if not self.closing and not self.ended:
            self.ended = True
            self._record({"closed": close.code if close else None})

    def _cut(self) -> None:
        if not self.closing and not self.ended:
            self._record({"closed": 1006})
        self.ended = True
        self.writer.close()

    def _record(self, frame: Frame) -> None:
        self.seen.append(frame)
        self.queue.put_nowait(frame)

    async def expect(self, count: int = 1) -> list[Frame]:
        """Wait for that many more frames (or the end of the socket counts as one)."""
        got: list[Frame] = []
        for _ in range(count):
            try:
                got.append(await asyncio.wait_for(self.queue.get(), DEADLINE))
            except asyncio.TimeoutError:
                seen = json.dumps(self.seen[-10:])
                raise AssertionError(
                    f"client {self.name}: frame {len(got) + 1} of {count} did not come; last seen: {seen}"
                ) from None
        return got

    async def text(self) -> str:
        """The next frame, which must be a text."""
        (frame,) = await self.expect()
        assert "text" in frame, f"client {self.name}: expected a text frame, got {frame}"
        return str(frame["text"])

    # -- sending -----------------------------------------------------------------------------------------

    def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data and not self.writer.is_closing():
                self.writer.write(data)

    def send(self, data: str | bytes) -> None:
        if isinstance(data, str):
            self.protocol.send_text(data.encode())
        else:
            self.protocol.send_binary(data)
        self._flush()

    def command(self, *operations: list[Any]) -> None:
        """Operations for the command consumer (projects/lib/ops.py)."""
        self.send(json.dumps(list(operations)))

    async def run(self, *operations: list[Any]) -> list[Frame]:
        """Run operations and wait for their end; returns the frames that came meanwhile.

        The mark of the end is sent by the same consumer run, so it comes after all that the run sent here.
        """
        self._probes += 1
        mark = f"<done {self.name} {self._probes}>"
        self.command(*operations, ["reply", {"text": mark}])
        return await self._until(mark)

    async def quiet(self) -> list[Frame]:
        """Let a command make the round: what had been sent to this socket before has come now."""
        return await self.run()

    async def _until(self, mark: str) -> list[Frame]:
        got: list[Frame] = []
        while True:
            (frame,) = await self.expect()
            if frame == {"text": mark}:
                self.seen = [each for each in self.seen if each is not frame]
                return got
            got.append(frame)
            if "closed" in frame:
                raise AssertionError(f"client {self.name}: closed while waiting for {mark}: {got}")

    # -- ending ------------------------------------------------------------------------------------------

    async def close(self, code: int | None = 1000) -> None:
        """Close from this side; None sends a close frame without a code."""
        if self.ended or self.closing:
            return
        self.closing = True
        if code is None:
            self.protocol.send_close()
        else:
            self.protocol.send_close(code)
        self._flush()
        await self.wait_ended()

    async def wait_ended(self) -> None:
        """Wait for the end of the TCP connection."""
        if self._task is not None:
            await asyncio.wait_for(self._task, DEADLINE)

    def cut(self) -> None:
        """End the TCP connection with a RST, as when the machine loses power."""
        self.closing = True
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def hang_up(self) -> None:
        """End the TCP connection with a FIN but without a close frame."""
        self.closing = True
        self.writer.close()

    def send_raw(self, opcode: int, payload: bytes) -> None:
        """A frame that the protocol class would refuse to make (masked with zeros)."""
        assert len(payload) < 126
        self.writer.write(bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def abandon(self) -> None:
        """Whatever happened: leave nothing open."""
        if self._task is not None:
            self._task.cancel()
        if hasattr(self, "writer"):
            self.writer.transport.abort()


class Browser:
    """Keeps the cookies that pages set, for the next page and for sockets."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def headers(self) -> list[tuple[str, str]]:
        shown = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [("Cookie", shown)] if shown else []

    def take(self, received: list[list[str]]) -> None:
        for header, value in received:
            if header.lower() == "set-cookie":
                for name, morsel in SimpleCookie(value).items():
                    self.cookies[name] = morsel.value
                    if not morsel.value or (morsel["max-age"] and int(morsel["max-age"]) <= 0):
                        del self.cookies[name]


async def http_request(
    port: int, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"",
) -> tuple[int, list[list[str]], bytes]:
    """A request on a connection of its own: the status, headers and body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("ascii") + body)
        answer = await asyncio.wait_for(reader.read(), DEADLINE)
    finally:
        writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    received = [[part.strip() for part in field.split(":", 1)] for field in fields]
    if b"transfer-encoding: chunked" in head.lower():
        content = _dechunked(content)
    return int(first.split(" ", 2)[1]), received, content


def _dechunked(raw: bytes) -> bytes:
    parts = []
    while raw:
        size, _, rest = raw.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        raw = rest[length + 2 :]
    return b"".join(parts)
