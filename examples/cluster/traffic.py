"""Clients, spread over the web processes: every frame that should come is waited for, and nothing else may come."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Sequence

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2] / "benchmarks")]

from driver import NO_PROXY, Failure  # noqa: E402
from load import Load, LoadFailed, Result, run  # noqa: E402

PATIENCE = 30.0  # seconds; only a failing run waits that long
# Frames that a socket of answers() has on the way; a channel has room for 100.
WINDOW = 5


def opened(port: int, path: str) -> Any:
    """A connection that is being opened."""
    address = "ws://127.0.0.1:%d%s" % (port, path)
    options = {"open_timeout": PATIENCE, "ping_interval": None, "compression": None, **NO_PROXY}
    return connect(address, **options)


async def received(socket: ClientConnection) -> str:
    """The next frame.

    Raises:
        Failure: none comes.
    """
    try:
        return str(await asyncio.wait_for(socket.recv(), PATIENCE))
    except (asyncio.TimeoutError, ConnectionClosed) as error:
        raise Failure("No answer: %r" % error) from None


# --- one answer to each frame, by the generator of the benchmarks ---------------------------------


async def echoes(ports: Sequence[int], path: str, sockets: int, seconds: float, ordered: bool = True) -> list[Result]:
    """Put a load on every port at once, each from a process of its own.

    Args:
        sockets: for each port.

    Raises:
        Failure: an answer is lost or wrong.
    """
    loads = [
        Load(port=port, path=path, sockets=sockets, seconds=seconds, warmup=0.0, ordered=ordered) for port in ports
    ]
    loop = asyncio.get_running_loop()
    try:
        results = await asyncio.gather(*(loop.run_in_executor(None, run, load) for load in loads))
    except LoadFailed as error:
        raise Failure(str(error)) from None
    for result in results:
        if result.errors:
            raise Failure("%d of %d answers are wrong: %s" % (result.errors, result.messages, result.first_error))
    return results


# --- numbered answers -----------------------------------------------------------------------------


async def answers(ports: Sequence[int], path: str, sockets: int, frames: int, ordered: bool) -> int:
    """Send numbered frames on every socket, a few at a time; returns how many answers came, which are all.

    Raises:
        Failure: an answer is missing, is there twice or, if that matters, is out of order.
    """

    async def one(port: int) -> int:
        async with opened(port, path) as socket:
            sent = [str(number) for number in range(frames)]
            got: list[str] = []
            for start in range(0, frames, WINDOW):
                for text in sent[start : start + WINDOW]:
                    await socket.send(text)
                got += [await received(socket) for _ in sent[start : start + WINDOW]]
            if (got if ordered else sorted(got, key=int)) != sent:
                raise Failure("%s answered %s to %s." % (path, got, sent))
            return len(got)

    return sum(await asyncio.gather(*(one(port) for port in ports for _ in range(sockets))))


async def pids(ports: Sequence[int], frames: int) -> Counter[int]:
    """Which processes consume the channel ``work``, and how many of ``frames`` messages each."""
    found: Counter[int] = Counter()
    for port in ports:
        async with opened(port, "/work") as socket:
            for _ in range(frames):
                await socket.send("pid")
                found[int(await received(socket))] += 1
    return found


# --- groups ---------------------------------------------------------------------------------------


class Room:
    """A group whose members are sockets on all ports. The first one sends numbers, all must get them.

    Args:
        size: how many members.

    Attributes:
        sent, delivered: how many messages, and deliveries of them.
        unsure: while set, messages may be lost or repeated; those repeated are counted in ``repeated``.
    """

    def __init__(self, name: str, ports: Sequence[int], size: int) -> None:
        self.name = name
        self.sent = 0
        self.delivered = 0
        self._addresses = [(ports[number % len(ports)], "/room/%s" % name) for number in range(size)]
        self._sockets: list[ClientConnection] = []
        self._seen = [0] * size
        self._missing = 0
        self._all = asyncio.Event()
        self.unsure = False
        self.repeated = 0
        self._error = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Room]:
        async with contextlib.AsyncExitStack() as stack:
            for port, path in self._addresses:
                socket = await stack.enter_async_context(opened(port, path))
                joined = await received(socket)
                if joined != "joined":
                    raise Failure("%s: %r instead of 'joined'" % (self.name, joined))
                self._sockets.append(socket)
            readers = [asyncio.ensure_future(self._read(number)) for number in range(len(self._sockets))]
            try:
                yield self
            finally:
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)

    async def _read(self, member: int) -> None:
        try:
            async for text in self._sockets[member]:
                number, before = int(text), self._seen[member]
                if number != before + 1 and not self.unsure:
                    raise Failure("%s: member %d got %d after %d." % (self.name, member, number, before))
                if number <= before:
                    self.repeated += 1
                    continue
                self._seen[member] = number
                self.delivered += 1
                if number == self.sent:
                    self._missing -= 1
                    if not self._missing:
                        self._all.set()
            raise Failure("%s: member %d was closed." % (self.name, member))
        except Exception as error:
            self._error = str(error)
            self._all.set()

    async def say(self, patience: float = PATIENCE) -> bool:
        """Send the next number; whether all members get it in time.

        Raises:
            Failure: somebody got something else.
        """
        self.sent += 1
        self._missing = len(self._sockets)
        self._all.clear()
        await self._sockets[0].send(str(self.sent))
        try:
            await asyncio.wait_for(self._all.wait(), patience)
        except asyncio.TimeoutError:
            return False
        if self._error:
            raise Failure(self._error)
        return True

    async def talk(self, until: Callable[[], bool]) -> None:
        """Send numbers, each when all have the one before.

        Raises:
            Failure: one is not delivered to all.
        """
        while not until():
            if not await self.say():
                missing = [member for member, seen in enumerate(self._seen) if seen != self.sent]
                raise Failure("%s: members %s did not get %d." % (self.name, missing, self.sent))

    async def recover(self) -> int:
        """Send numbers until one reaches all, from which on nothing is unsure; returns how many did not.

        Raises:
            Failure: none does.
        """
        before, deadline = self.sent, time.monotonic() + PATIENCE
        while not await self.say(1.0):
            if time.monotonic() > deadline:
                raise Failure("%s does not recover." % self.name)
        self.unsure = False
        return self.sent - before - 1


@contextlib.asynccontextmanager
async def rooms(ports: Sequence[int], number: int, size: int, name: str = "room") -> AsyncIterator[list[Room]]:
    """Open rooms, side by side; their names differ enough to lead to different hosts."""
    found = [Room("%s-%x" % (name, (index + 1) * 0x9E3779B1 % 2**32), ports, size) for index in range(number)]
    async with contextlib.AsyncExitStack() as stack:
        for room in found:
            await stack.enter_async_context(room.open())
        yield found
