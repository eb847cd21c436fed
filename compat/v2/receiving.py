"""What 0.17's layers could do and today's interface cannot: take a message off any of several channels without
waiting for ever, and list a group.

On channels_redis by the commands of Redis itself. Cancelling ``layer.receive()`` would come to the same but for
the message that Redis hands out at that very moment, which would be lost.
"""

import asyncio
import itertools
import random
import sys
import time
from typing import Any, AsyncContextManager, Dict, List, Optional, Sequence, Tuple

from . import versions

Event = Dict[Any, Any]
Taken = Optional[Tuple[str, Event]]

# Seconds: between two looks at several Redis servers, and for which a layer that can only wait is asked.
_PAUSE, _MOMENT = 0.05, 0.05
# Seconds that a length may take.
_PATIENCE = 2.0


async def take(layer: Any, channels: Sequence[str], timeout: float) -> Taken:
    """The next event on one of ``channels`` and that channel's name, or None.

    Args:
        layer: a layer of channels >= 2 that reaches other processes.
        channels: their names there, none of them a process-local one (``x!y``).
        timeout: seconds to wait at most, about; 0 for not at all.
    """
    # Shuffled, as in 0.17: else a busy channel would starve the ones after it.
    names = random.sample(list(channels), len(channels))
    store = _store_of(layer)
    if store is None:
        return await _take_by_waiting(layer, names, timeout)
    if store.servers == 1 and names and timeout:
        return await store.wait(names, timeout)
    deadline = time.monotonic() + timeout
    while True:
        found = await store.pop(names)
        remaining = deadline - time.monotonic()
        if found is not None or remaining <= 0:
            return found
        await asyncio.sleep(min(_PAUSE, remaining))


def is_shared(layer: Any) -> bool:
    """Whether processes that wait for the same channel of ``layer`` get each other's messages by its own ``receive()``.

    channels_redis notes in Redis what it has handed out until that is safe, under the name of the channel. Every
    process that begins to wait puts back what is noted there, so that it runs once more. Channels of one process
    (``x!y``) are safe.
    """
    return _store_of(layer) is not None


async def take_for_good(layer: Any, channel: str, timeout: float) -> Optional[Event]:
    """The next event on ``channel``, or None. Cancelled, it leaves the event there for others.

    Args:
        layer, timeout: as for :func:`take`.
    """
    taking = asyncio.ensure_future(take(layer, [channel], timeout))
    try:
        found = await asyncio.shield(taking)
    except asyncio.CancelledError:
        # Ending it in the middle would lose the message that Redis hands out at that very moment.
        found = await taking
        if found is not None:
            await layer.send(*found)
        raise
    return None if found is None else found[1]


def groups_everywhere(layer: Any, name: str) -> List[str]:
    """Names of groups, as many as it takes for one on each Redis server of ``layer``.

    Args:
        name: what they begin with.
    """
    store = _store_of(layer)
    if store is None:
        return [name]
    names: Dict[int, str] = {}
    numbers = itertools.count()
    while len(names) < store.servers:
        numbered = f"{name}{next(numbers)}"
        names.setdefault(layer.consistent_hash(numbered), numbered)
    return list(names.values())


async def members(layer: Any, group: str) -> List[str]:
    """The channels in ``group``, in the order in which they were added.

    Raises:
        NotImplementedError: this layer cannot say.
    """
    store = _store_of(layer)
    if store is None:
        raise NotImplementedError(f"{type(layer).__module__}.{type(layer).__name__} cannot list the members of a group")
    return await store.members(group)


async def lengths(layer: Any, channels: Sequence[str]) -> Dict[str, int]:
    """How many messages wait on each of ``channels``; {} from a layer that cannot say.

    Raises:
        asyncio.TimeoutError: the layer does not answer.
    """
    store = _store_of(layer)
    return {} if store is None else await asyncio.wait_for(store.lengths(channels), _PATIENCE)


async def _take_by_waiting(layer: Any, names: Sequence[str], timeout: float) -> Taken:
    deadline = time.monotonic() + timeout
    while True:
        # One after another: of two messages that came at the same time, one would have to go back, behind others.
        for name in names:
            receiving = asyncio.ensure_future(layer.receive(name))
            await asyncio.wait([receiving], timeout=_MOMENT)
            if not receiving.done():
                receiving.cancel()
                await asyncio.wait([receiving])
            if not receiving.cancelled():
                return name, receiving.result()
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return None
        await asyncio.sleep(0 if names else remaining)


# --- channels_redis ------------------------------------------------------------------------------


def _store_of(layer: Any) -> "Optional[_RedisStore]":
    core = sys.modules.get("channels_redis.core")
    if core is None or not isinstance(layer, core.RedisChannelLayer):
        return None
    return _RedisStore(layer)


class _RedisStore:
    """The same things under the names that each major version of channels_redis gives them (see
    :func:`.versions.redis_major`)."""

    def __init__(self, layer: Any) -> None:
        self._major = versions.redis_major()
        self._layer = layer
        self.servers: int = layer.ring_size

    async def pop(self, names: Sequence[str]) -> Taken:
        """Look at every channel on every server, once; one that does not answer matters if the others have nothing."""
        away: Optional[Exception] = None
        for server in random.sample(range(self.servers), self.servers):
            try:
                found = await self._pop_from(server, names)
            except asyncio.CancelledError:  # an Exception on Python 3.7
                raise
            except Exception as error:
                away = error
            else:
                if found is not None:
                    return found
        if away is not None:
            raise away
        return None

    async def _pop_from(self, server: int, names: Sequence[str]) -> Taken:
        async with self._connection(server) as connection:
            for name in names:
                raw = await self._pop_one(connection, self._layer.prefix + name)
                if raw is not None:
                    return name, self._decode(raw)
        return None

    async def wait(self, names: Sequence[str], timeout: float) -> Taken:
        """Let Redis wait for a message, in whole seconds, which is all that old versions of it know."""
        keys = {self._layer.prefix + name: name for name in names}
        seconds = max(1, round(timeout))
        async with self._connection(0) as connection:
            if self._major < 3:
                found = await connection.brpop(*keys, timeout=seconds)
            elif self._major < 4:
                found = await connection.bzpopmin(*keys, timeout=seconds)
            else:
                found = await connection.bzpopmin(list(keys), timeout=seconds)
        if not found or self._is_expired(found[2:]):
            return None
        return keys[found[0].decode()], self._decode(found[1])

    async def members(self, group: str) -> List[str]:
        layer = self._layer
        async with self._connection(layer.consistent_hash(group)) as connection:
            # Not Redis's own expiry, which is for the group as a whole.
            oldest = int(time.time()) - layer.group_expiry
            await connection.zremrangebyscore(layer._group_key(group), min=0, max=oldest)
            return [name.decode() for name in await connection.zrange(layer._group_key(group), 0, -1)]

    async def lengths(self, names: Sequence[str]) -> Dict[str, int]:
        """What waits on each channel, on all servers together."""
        found = dict.fromkeys(names, 0)
        for server in range(self.servers):
            async with self._connection(server) as connection:
                length = connection.llen if self._major < 3 else connection.zcard
                for name in names:
                    found[name] += await length(self._layer.prefix + name)
        return found

    async def _pop_one(self, connection: Any, key: str) -> Optional[bytes]:
        if self._major < 3:
            return await connection.rpop(key)  # type: ignore[no-any-return]
        while True:
            found = await connection.zpopmin(key)
            if not found:
                return None
            raw, *sent = found if self._major < 4 else found[0]
            if not self._is_expired(sent):
                return raw  # type: ignore[no-any-return]

    def _is_expired(self, sent: Sequence[Any]) -> bool:
        # channels_redis 3 and 4 throw old messages out when the next is sent; version 2 has no time for each.
        return bool(sent) and float(sent[0]) < time.time() - self._layer.expiry

    def _decode(self, raw: bytes) -> Event:
        event: Event = self._layer.deserialize(raw)
        event.pop("__asgi_channel__", None)  # which members of a group it is for: all, if it is on this channel
        return event

    def _connection(self, server: int) -> AsyncContextManager[Any]:
        connection = self._layer.connection(server)
        return connection if self._major < 4 else _Kept(connection)


class _Kept:
    """redis-py's client as a context manager that does not close it, as its own would."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *error: Any) -> None:
        pass
