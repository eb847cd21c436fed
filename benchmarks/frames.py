"""WebSocket frames and the client's side of a socket, on bare asyncio so that it takes less time than the server."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING, Optional, Tuple

if TYPE_CHECKING:
    from load import Load

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def header(opcode: int, length: int, masked: bool) -> bytes:
    bit = 0x80 if masked else 0
    if length < 126:
        return bytes([0x80 | opcode, bit | length])
    if length < 65536:
        return bytes([0x80 | opcode, bit | 126]) + length.to_bytes(2, "big")
    return bytes([0x80 | opcode, bit | 127]) + length.to_bytes(8, "big")


def masked_frame(opcode: int, payload: bytes) -> bytes:
    key = os.urandom(4)
    mask = (key * (len(payload) // 4 + 1))[: len(payload)]
    body = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return header(opcode, len(payload), True) + key + body.to_bytes(len(payload), "big")


def split_frame(data: bytes) -> Optional[Tuple[int, bytes, int]]:
    """Opcode (with the final bit), payload and whole length of the first frame, if it is complete."""
    if len(data) < 2:
        return None
    length, start = data[1] & 0x7F, 2
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, start = int.from_bytes(data[2:10], "big"), 10
    if len(data) < start or len(data) < start + length:
        return None
    return data[0], data[start : start + length], start + length


class SocketFailed(Exception):
    """The server refused a socket, or closed it."""


class ClientSocket(asyncio.Protocol):
    """Opens and closes a WebSocket.

    Attributes:
        opened, closed: futures.
        leaving: set before the socket is closed on purpose.
    """

    transport: asyncio.Transport

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.leaving = False

    def frame_came(self, payload: bytes, whole: bytes) -> None:
        """A text or binary frame."""
        raise NotImplementedError

    def cut(self, why: str) -> None:
        """The server has ended the open socket."""
        raise NotImplementedError

    async def open(self) -> None:
        """Connect and wait for the handshake."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self.load.port)
        await asyncio.wait_for(self.opened, self.load.patience)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        lines = [
            "GET %s HTTP/1.1" % self.load.path,
            "Host: 127.0.0.1:%d" % self.load.port,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version: 13",
        ]
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _handshake(self) -> None:
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        self.buffer = rest
        status = head.split(b"\r\n", 1)[0].decode(errors="replace")
        if " 101 " in status + " ":
            self.opened.set_result(None)
        else:
            self.opened.set_exception(SocketFailed("The server answered %s to the handshake." % status))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened.done():
            self._handshake()
        while self.opened.done():
            frame = split_frame(self.buffer)
            if frame is None:
                return
            first_byte, payload, length = frame
            whole, self.buffer = self.buffer[:length], self.buffer[length:]
            opcode = first_byte & 0x0F
            if opcode == PING:
                self.transport.write(masked_frame(PONG, payload))
            elif opcode == CLOSE:
                if not self.leaving:
                    self.cut("closed by the server: %s" % (int.from_bytes(payload[:2], "big") or "no code"))
                    self.leaving = True
                self.transport.close()
            elif opcode != PONG:
                self.frame_came(payload, whole)

    async def close(self) -> None:
        self.leaving = True
        if not self.closed.done():
            self.transport.write(masked_frame(CLOSE, (1000).to_bytes(2, "big")))
            await asyncio.wait([self.closed], timeout=self.load.patience)
        self.transport.abort()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        if not self.opened.done():
            self.opened.set_exception(SocketFailed("The server closed the connection in the handshake."))
        elif not self.leaving:
            self.cut("cut")
        self.closed.set_result(None)
