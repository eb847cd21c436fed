"""A channel layer that behaves like one on a network: nothing but bytes-like values gets through, it belongs to
one event loop, and other processes use the same store."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import defaultdict, deque
from typing import Any, Deque

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer


def carried(value: Any) -> Any:
    """``value`` after the way over the network; only what msgpack reads back as channels_redis uses it.

    Raises:
        TypeError, OverflowError: as msgpack.
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return str(value.encode(), "utf-8")
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise OverflowError("Integer value out of range")
        return int(value)
    if isinstance(value, (list, tuple)):
        return [carried(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, bytes)):
                raise ValueError(f"{type(key)} is not allowed for map key")
        return {carried(key): carried(item) for key, item in value.items()}
    raise TypeError(f"can not serialize {value!r}")


class Store:
    """What stands for the Redis server; shared by the layers of several "processes"."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.queues: dict[str, Deque[Any]] = {}
        self.groups: dict[str, set[str]] = {}
        self.waiters: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]] = {}

    def put(self, channel: str, message: Any, capacity: int) -> None:
        with self.lock:
            queue = self.queues.setdefault(channel, deque())
            if len(queue) >= capacity:
                raise ChannelFull(channel)
            queue.append(message)
            for loop, future in self.waiters.pop(channel, []):
                loop.call_soon_threadsafe(_resolve, future)


class Buffer:
    """What a process keeps for each channel of its own, as channels_redis: an event put there ends the waiting."""

    def __init__(self) -> None:
        self.events: Deque[Any] = deque()
        self.waiting: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        self.events.append(event)
        if self.waiting is not None:
            _resolve(self.waiting)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class NetworkLayer(BaseChannelLayer):  # type: ignore[misc]
    """One process's connection to a :class:`Store`.

    Attributes:
        loops: the event loops that it was used on.
        failures: errors that the next calls of ``receive`` raise.
        receive_buffer: as channels_redis has it.
    """

    extensions = ["groups", "flush"]

    def __init__(self, store: Store | None = None, capacity: int = 100) -> None:
        super().__init__(capacity=capacity)
        self.store = store or Store()
        self.prefix = "specific." + secrets.token_hex(8)
        self.loops: set[asyncio.AbstractEventLoop] = set()
        self.failures: list[Exception] = []
        self.receive_buffer: dict[str, Buffer] = defaultdict(Buffer)

    def _used(self) -> None:
        self.loops.add(asyncio.get_running_loop())

    def _check_channel(self, name: str) -> None:
        check: Any = getattr(self, "require_valid_channel_name", None) or self.valid_channel_name
        assert check(name)

    def _check_group(self, name: str) -> None:
        check: Any = getattr(self, "require_valid_group_name", None) or self.valid_group_name
        assert check(name)

    async def send(self, channel: str, message: Any) -> None:
        self._used()
        assert isinstance(message, dict)
        self._check_channel(channel)
        assert "__asgi_channel__" not in message
        message = carried(message)
        await asyncio.sleep(0)
        self.store.put(channel, message, self.capacity)

    async def receive(self, channel: str) -> Any:
        self._used()
        self._check_channel(channel)
        if self.failures:
            raise self.failures.pop(0)
        buffer = self.receive_buffer[channel] if "!" in channel else Buffer()
        loop = asyncio.get_running_loop()
        while True:
            if buffer.events:
                return buffer.events.popleft()
            with self.store.lock:
                queue = self.store.queues.get(channel)
                if queue:
                    return queue.popleft()
                future = loop.create_future()
                self.store.waiters.setdefault(channel, []).append((loop, future))
            buffer.waiting = future
            await future

    async def new_channel(self, prefix: str = "specific") -> str:
        self._used()
        return f"{self.prefix}!{secrets.token_hex(6)}"

    async def group_add(self, group: str, channel: str) -> None:
        self._used()
        self._check_group(group)
        self._check_channel(channel)
        await asyncio.sleep(0)
        self.store.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._used()
        self._check_group(group)
        self._check_channel(channel)
        await asyncio.sleep(0)
        members = self.store.groups.get(group, set())
        members.discard(channel)
        if not members:
            self.store.groups.pop(group, None)

    async def group_send(self, group: str, message: Any) -> None:
        self._used()
        assert isinstance(message, dict)
        self._check_group(group)
        message = carried(message)
        await asyncio.sleep(0)
        for channel in sorted(self.store.groups.get(group, ())):
            try:
                self.store.put(channel, carried(message), self.capacity)
            except ChannelFull:
                pass

    async def flush(self) -> None:
        self._used()
        with self.store.lock:
            self.store.queues.clear()
            self.store.groups.clear()


class HeldNetworkLayer(NetworkLayer):
    """One on which messages for clients are under way until ``arrive`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.arrive = asyncio.Event()

    async def receive(self, channel: str) -> Any:
        event = await super().receive(channel)
        if "!" in channel:
            await self.arrive.wait()
        return event
