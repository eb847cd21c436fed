"""Load for the benchmarks, made in a process of its own: sockets that send frames and check their echoes.

`run` starts the process and returns what it measured. The client is written on bare asyncio protocols
with frames made and masked beforehand, so that it takes less processor time than the server.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections import deque
from typing import Deque, Dict, List, Optional, Tuple

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
VARIANTS = 32  # different frames a socket sends in turn; more than the largest window


@dataclasses.dataclass(frozen=True)
class Load:
    """What to do to the server.

    Args:
        window: frames that a socket has on the way at any time.
        seconds: length of the measured slice, after `warmup` seconds.
        ordered: whether an echo in the wrong order is an error; channels 0.17 promised no order.
        connecting: handshakes under way at a time.
    """

    port: int
    path: str
    sockets: int = 50
    size: int = 100
    window: int = 1
    seconds: float = 2.0
    warmup: float = 0.5
    ordered: bool = True
    connecting: int = 5
    patience: float = 10.0

    def __post_init__(self) -> None:
        if self.size < 16:
            raise ValueError("The size must be at least 16: a frame carries its socket's number and its own.")
        if not 1 <= self.window < VARIANTS:
            raise ValueError("The window must be between 1 and %d." % (VARIANTS - 1))


@dataclasses.dataclass(frozen=True)
class Result:
    """What the slice gave; `processor` is the share of one processor that the client itself used."""

    messages: int
    seconds: float
    errors: int
    reordered: int
    first_error: str
    median_ms: float
    p99_ms: float
    processor: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


class LoadFailed(Exception):
    """The load could not be put on the server at all."""


def run(load: Load) -> Result:
    """Put the load on the server from a fresh process.

    Raises:
        LoadFailed: no connection, or the process ended without an answer.
    """
    limit = load.seconds + load.warmup + 6 * load.patience
    try:
        process = subprocess.run(
            [sys.executable, os.path.abspath(__file__), json.dumps(dataclasses.asdict(load))],
            capture_output=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        raise LoadFailed("The load generator did not end within %d seconds." % limit) from None
    if process.returncode:
        raise LoadFailed(process.stderr.decode(errors="replace").strip())
    return Result(**json.loads(process.stdout.decode()))


# --- frames --------------------------------------------------------------------------------------


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


# --- one socket ----------------------------------------------------------------------------------


class Tally:
    """What all sockets of a slice count together."""

    def __init__(self) -> None:
        self.measuring = False
        self.sending = True
        self.messages = 0
        self.errors = 0
        self.reordered = 0
        self.first_error = ""
        self.latencies: List[float] = []

    def error(self, text: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or text


class EchoSocket(asyncio.Protocol):
    """Keeps `window` frames on the way: each echo is checked and answered with the next frame."""

    transport: asyncio.Transport

    def __init__(self, number: int, load: Load, tally: Tally) -> None:
        self.load = load
        self.tally = tally
        self.number = number
        payloads = [
            ("%05d/%05d/" % (number, variant)).ljust(load.size, "abcdefghij"[variant % 10]).encode()
            for variant in range(VARIANTS)
        ]
        self.frames = [masked_frame(TEXT, payload) for payload in payloads]
        self.echoes = [header(TEXT, load.size, False) + payload for payload in payloads]
        self.next = 0
        self.on_the_way: Deque[Tuple[bytes, float]] = deque()
        self.buffer = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leaving = False

    # --- opening

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET %s HTTP/1.1" % self.load.path,
            "Host: 127.0.0.1:%d" % self.load.port,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: " + key,
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
            self.opened.set_exception(LoadFailed("The server answered %s to the handshake." % status))

    # --- frames

    def start(self) -> None:
        for _ in range(self.load.window):
            self._send()

    def _send(self) -> None:
        variant = self.next
        self.next = (variant + 1) % VARIANTS
        self.on_the_way.append((self.echoes[variant], time.perf_counter()))
        self.transport.write(self.frames[variant])

    def data_received(self, data: bytes) -> None:
        # One whole echo, the one that is due, and the next frame at once: the usual case, hence no calls.
        due = self.on_the_way
        if due and not self.buffer and data == due[0][0]:
            tally = self.tally
            if not tally.sending:
                self._echo_came(due.popleft()[1])
                return
            variant = self.next
            self.transport.write(self.frames[variant])
            now = time.perf_counter()
            sent = due.popleft()[1]
            due.append((self.echoes[variant], now))
            self.next = (variant + 1) % VARIANTS
            if tally.measuring:
                tally.messages += 1
                tally.latencies.append(now - sent)
            return
        self.buffer += data
        if not self.opened.done():
            self._handshake()
        while True:
            frame = split_frame(self.buffer)
            if frame is None or not self.opened.done():
                return
            whole, self.buffer = self.buffer[: frame[2]], self.buffer[frame[2] :]
            self._frame(frame[0], frame[1], whole)

    def _frame(self, first_byte: int, payload: bytes, whole: bytes) -> None:
        opcode = first_byte & 0x0F
        if opcode == PING:
            self.transport.write(masked_frame(PONG, payload))
        elif opcode == CLOSE:
            if not self.leaving:
                code = int.from_bytes(payload[:2], "big") if payload else "no code"
                self.tally.error("Socket %d was closed by the server: %s" % (self.number, code))
            self.transport.close()
        elif opcode != PONG:
            self._data(whole)

    def _data(self, whole: bytes) -> None:
        for position, (echo, sent) in enumerate(self.on_the_way):
            if echo == whole:
                if position:
                    self.tally.reordered += 1
                    if self.load.ordered:
                        self.tally.error("Socket %d got an echo out of order." % self.number)
                del self.on_the_way[position]
                self._echo_came(sent)
                return
        self.tally.error("Socket %d got what it is not waiting for: %r" % (self.number, whole[:60]))

    def _echo_came(self, sent: float) -> None:
        tally = self.tally
        if tally.measuring:
            tally.messages += 1
            tally.latencies.append(time.perf_counter() - sent)
        if tally.sending:
            self._send()
        elif not self.on_the_way and not self.idle.done():
            self.idle.set_result(None)

    # --- closing

    async def finish(self) -> None:
        """Wait for the echoes on the way; those that do not come are errors."""
        if self.on_the_way and not self.closed.done():
            await asyncio.wait(
                [self.idle, self.closed],
                timeout=self.load.patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
        if self.on_the_way:
            self.tally.error("Socket %d lost %d echoes." % (self.number, len(self.on_the_way)))
            self.tally.errors += len(self.on_the_way) - 1

    async def close(self) -> None:
        self.leaving = True
        if not self.closed.done():
            self.transport.write(masked_frame(CLOSE, (1000).to_bytes(2, "big")))
            await asyncio.wait([self.closed], timeout=self.load.patience)
        self.transport.abort()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        if not self.opened.done():
            self.opened.set_exception(LoadFailed("The server closed the connection in the handshake."))
        if not self.leaving and not self.tally.errors:
            self.tally.error("Socket %d was cut." % self.number)
        self.closed.set_result(None)


# --- the process ---------------------------------------------------------------------------------


async def generate(load: Load) -> Result:
    """Run one slice in this process."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    gate = asyncio.Semaphore(load.connecting)

    async def open_one(number: int) -> EchoSocket:
        async with gate:
            _, socket = await loop.create_connection(
                lambda: EchoSocket(number, load, tally), "127.0.0.1", load.port
            )
            await asyncio.wait_for(socket.opened, load.patience)
            return socket

    sockets = await asyncio.gather(*(open_one(number) for number in range(load.sockets)))
    for socket in sockets:
        socket.start()
    await asyncio.sleep(load.warmup)
    tally.measuring = True
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(load.seconds)
    tally.measuring = False
    seconds, used = time.perf_counter() - started, time.process_time() - used
    tally.sending = False
    await asyncio.gather(*(socket.finish() for socket in sockets))
    await asyncio.gather(*(socket.close() for socket in sockets))

    latencies = sorted(tally.latencies) or [float("nan")]
    return Result(
        messages=tally.messages,
        seconds=seconds,
        errors=tally.errors,
        reordered=tally.reordered,
        first_error=tally.first_error,
        median_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
        processor=used / seconds,
    )


def main() -> int:
    settings: Dict[str, object] = json.loads(sys.argv[1])
    try:
        result = asyncio.run(generate(Load(**settings)))  # type: ignore[arg-type]
    except (LoadFailed, OSError, asyncio.TimeoutError) as error:
        print(str(error) or "The handshake took too long.", file=sys.stderr)
        return 1
    print(json.dumps(dataclasses.asdict(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
