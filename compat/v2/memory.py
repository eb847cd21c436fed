"""The channel layer in memory: today's interface, usable from any thread and any event loop.

Channels' own waits on asyncio queues, so a message sent from a thread wakes nobody up. This one is
synchronous inside, under a lock; the coroutines that native consumers await are thin.
"""

import asyncio
import random
import secrets
import string
import threading
import time
from collections import deque
from copy import deepcopy
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer as ChannelsInMemoryLayer

Event = Dict[Any, Any]
# Takes an event, or returns False if it has no room for it. Called in any thread; must not block.
Receiver = Callable[[Event], bool]
_Waiter = Tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class InMemoryChannelLayer(ChannelsInMemoryLayer):  # type: ignore[misc]
    """A channel layer for one process.

    Args:
        expiry: seconds after which an unread message is dropped.
        group_expiry: seconds after which a member that was not added again leaves its group.
        capacity: messages that may wait on a channel.
        channel_capacity: pattern -> capacity, for channels that need another one.
    """

    def __init__(
        self,
        expiry: float = 60,
        group_expiry: float = 86400,
        capacity: int = 100,
        channel_capacity: Optional[Dict[Any, int]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(expiry=expiry, group_expiry=group_expiry, capacity=capacity, **kwargs)
        self.channel_capacity = self.compile_capacities(channel_capacity or {})
        self.channels: Dict[str, Deque[Tuple[float, Event]]] = {}
        self.groups: Dict[str, Dict[str, float]] = {}
        self._receivers: Dict[str, Receiver] = {}
        self._waiters: Dict[str, Deque[_Waiter]] = {}
        self._lock = threading.RLock()
        self._next_sweep = time.time() + self.expiry
        self._arrived = threading.Condition(self._lock)

    # --- for synchronous code, any thread ---

    def put(self, channel: str, event: Event) -> None:
        """Hand ``event`` to the channel's receiver, or keep it until somebody receives it.

        Raises:
            ChannelFull: too many messages wait there already.
        """
        with self._lock:
            receiver = self._receivers.get(channel)
            if receiver is None:
                self._keep(channel, event)
            elif not receiver(event):
                raise ChannelFull(channel)

    def take(self, channels: Sequence[str], timeout: float = 0) -> Optional[Tuple[str, Event]]:
        """The next event on one of ``channels`` and that channel's name, or None.

        Args:
            timeout: seconds to wait for one.
        """
        # Shuffled, as in 0.17: else a busy channel would starve the ones after it.
        names = random.sample(list(channels), len(channels))
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                for name in names:
                    event = self._next(name)
                    if event is not None:
                        return name, event
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return None
                self._arrived.wait(remaining)

    def members(self, group: str) -> List[str]:
        """The channels in ``group``, in the order in which they were added."""
        with self._lock:
            oldest = time.time() - self.group_expiry
            return [channel for channel, added in self.groups.get(group, {}).items() if added >= oldest]

    def fan_out(self, group: str, event: Event, copy: Callable[[Event], Event]) -> int:
        """Put ``event`` on every member of ``group``; returns how many had no room and missed it.

        Args:
            copy: makes the copy that each member gets who is not a receiver (those change nothing).
        """
        missed = 0
        with self._lock:
            oldest = time.time() - self.group_expiry
            for channel, added in list(self.groups.get(group, {}).items()):
                if added < oldest:
                    self.leave(group, channel)
                    continue
                receiver = self._receivers.get(channel)
                if receiver is not None:
                    missed += not receiver(event)
                    continue
                try:
                    self._keep(channel, copy(event))
                except ChannelFull:
                    missed += 1
        return missed

    def join(self, group: str, channel: str) -> None:
        """Make ``channel`` a member of ``group``."""
        with self._lock:
            self._sweep()
            self.groups.setdefault(group, {})[channel] = time.time()

    def leave(self, group: str, channel: str) -> None:
        """Take ``channel`` out of ``group``, if it is in it."""
        with self._lock:
            members = self.groups.get(group)
            if members is not None:
                members.pop(channel, None)
                if not members:
                    del self.groups[group]

    def attach(self, channel: str, receiver: Receiver) -> None:
        """Give everything that comes in on ``channel`` to ``receiver`` from now on."""
        with self._lock:
            self._receivers[channel] = receiver

    def detach(self, channel: str) -> None:
        """End :meth:`attach`; the channel leaves all its groups."""
        with self._lock:
            self._receivers.pop(channel, None)
            self._remove_from_groups(channel)
            self.channels.pop(channel, None)

    def new_name(self, prefix: str) -> str:
        """A channel name that nobody can guess: ``prefix`` and twelve letters."""
        return prefix + "".join(secrets.choice(string.ascii_letters) for _ in range(12))

    def clear(self) -> None:
        """Forget all waiting messages and all groups."""
        with self._lock:
            self.channels.clear()
            self.groups.clear()

    # --- the interface of channels >= 2 ---

    async def send(self, channel: str, message: Event) -> None:
        self._check(message, channel)
        self.put(channel, deepcopy(message))

    async def receive(self, channel: str) -> Event:
        self._check_channel(channel)
        return await self.wait_for(channel)

    async def wait_for(self, channel: str) -> Event:
        """The next event on ``channel``, whose name may be one that only 0.17 takes."""
        loop = asyncio.get_running_loop()
        while True:
            with self._lock:
                event = self._next(channel)
                if event is not None:
                    return event
                future: asyncio.Future[None] = loop.create_future()
                self._waiters.setdefault(channel, deque()).append((loop, future))
            try:
                await future
            except asyncio.CancelledError:
                self._give_up(channel, future)
                raise

    async def group_add(self, group: str, channel: str) -> None:
        self._check_group(group)
        self._check_channel(channel)
        self.join(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._check_group(group)
        self._check_channel(channel)
        self.leave(group, channel)

    async def group_send(self, group: str, message: Event) -> None:
        assert isinstance(message, dict), "Message is not a dict"
        self._check_group(group)
        self.fan_out(group, message, deepcopy)

    async def new_channel(self, prefix: str = "specific.") -> str:
        return self.new_name(prefix + "inmemory!")

    async def flush(self) -> None:
        self.clear()

    # --- inside ---

    def _check(self, message: Any, channel: str) -> None:
        assert isinstance(message, dict), "message is not a dict"
        self._check_channel(channel)
        assert "__asgi_channel__" not in message

    def _check_channel(self, name: str) -> None:
        # The name of this method differs between channels 4.1 and the versions before it.
        check: Any = getattr(self, "require_valid_channel_name", None) or self.valid_channel_name
        check(name)

    def _check_group(self, name: str) -> None:
        check: Any = getattr(self, "require_valid_group_name", None) or self.valid_group_name
        check(name)

    def _sweep(self) -> None:
        """Drop what has expired on channels and in groups that nobody asks for any more."""
        now = time.time()
        if now < self._next_sweep:
            return
        self._next_sweep = now + self.expiry
        for channel in list(self.channels):
            self._drop_expired(channel)
        for group, members in list(self.groups.items()):
            for channel in [name for name, added in members.items() if added < now - self.group_expiry]:
                self.leave(group, channel)

    def _keep(self, channel: str, event: Event) -> None:
        self._sweep()
        self._drop_expired(channel)
        waiting = self.channels.setdefault(channel, deque())
        if len(waiting) >= self.get_capacity(channel):
            raise ChannelFull(channel)
        waiting.append((time.time() + self.expiry, event))
        self._arrived.notify_all()
        self._wake(channel)

    def _next(self, channel: str) -> Optional[Event]:
        self._drop_expired(channel)
        waiting = self.channels.get(channel)
        if not waiting:
            return None
        _, event = waiting.popleft()
        if not waiting:
            del self.channels[channel]
        return event

    def _drop_expired(self, channel: str) -> None:
        waiting = self.channels.get(channel)
        if not waiting:
            return
        now = time.time()
        if waiting[0][0] < now:
            while waiting and waiting[0][0] < now:
                waiting.popleft()
            # Nobody reads it: as in channels, it leaves its groups.
            self._remove_from_groups(channel)
            if not waiting:
                del self.channels[channel]

    def _remove_from_groups(self, channel: str) -> None:
        for group in [name for name, members in self.groups.items() if channel in members]:
            self.leave(group, channel)

    def _wake(self, channel: str) -> None:
        waiters = self._waiters.get(channel)
        while waiters:
            loop, future = waiters.popleft()
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:  # that loop is closed
                continue
            break
        if waiters is not None and not waiters:
            del self._waiters[channel]

    def _give_up(self, channel: str, future: "asyncio.Future[None]") -> None:
        with self._lock:
            waiters = self._waiters.get(channel, deque())
            remaining = [each for each in waiters if each[1] is not future]
            was_woken = len(remaining) == len(waiters)
            if remaining:
                self._waiters[channel] = deque(remaining)
            else:
                self._waiters.pop(channel, None)
            if was_woken and self.channels.get(channel):
                # The message that it was woken for is somebody else's now.
                self._wake(channel)


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
