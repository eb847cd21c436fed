"""Custom channels, consumed in the web process."""

import asyncio
import itertools
from typing import Any, Callable, Dict, List, Optional, Tuple

from .executor import Lane, ThreadPool
from .handover import put_back
from .layers import SynchronousLayer
from .outbox import Outbox

Content = Dict[Any, Any]
LaneKey = Tuple[str, Any]
Job = Tuple[LaneKey, Content]


class EmbeddedWorker:
    """Consumes custom channels, started on the running event loop, with threads of its own.

    Messages on one channel that carry the same reply channel run one after another; all others side by side, up
    to ``slots``. No message is taken off the layer while no thread is free, so that another process can take it
    and a channel's capacity means what it says.

    Args:
        dispatch: runs the consumer for (channel name, content); returns content to put back, or None.
        slots: how many messages may be taken at the same time.
    """

    def __init__(
        self,
        layer: SynchronousLayer,
        dispatch: Callable[[str, Content], Optional[Content]],
        pool: ThreadPool,
        wakeups: Outbox,
        slots: int,
    ) -> None:
        self._layer = layer
        self._dispatch = dispatch
        self._pool = pool
        self._wakeups = wakeups
        self._slots = asyncio.Semaphore(slots)
        self._lanes: Dict[LaneKey, Lane] = {}
        self._unfinished: Dict[LaneKey, int] = {}
        self._numbers = itertools.count()
        self._tasks: List[asyncio.Task[None]] = []

    def start(self, channels: List[str]) -> None:
        """Listen on ``channels`` until :meth:`stop`."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen(channel)) for channel in channels]

    async def stop(self) -> None:
        """Take no more messages; those that were taken run to their end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _listen(self, channel: str) -> None:
        while True:
            async with self._slots:  # only to see that one is free: an idle channel must not hold it
                pass
            content = await self._layer.receive_content(channel)
            try:
                await self._slots.acquire()
            finally:  # also when we are stopped meanwhile: it is off the layer, nobody else would run it
                self._put(channel, content)

    def _put(self, channel: str, content: Content) -> None:
        reply_channel = content.get("reply_channel")
        key = (channel, reply_channel if isinstance(reply_channel, str) and reply_channel else next(self._numbers))
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._pool, self._consume)
            self._unfinished[key] = 0
        self._unfinished[key] += 1
        lane.put((key, content))

    def _consume(self, job: Job) -> None:
        key, content = job
        channel, reply_channel = key
        self._layer.answer(reply_channel)
        try:
            again = self._dispatch(channel, content)
            if again is not None:
                put_back(self._layer, channel, again)
        finally:
            self._layer.answer(None)
            self._wakeups.post(self._finished, key)

    def _finished(self, key: LaneKey) -> None:
        self._slots.release()
        self._unfinished[key] -= 1
        if not self._unfinished[key]:
            del self._unfinished[key], self._lanes[key]
