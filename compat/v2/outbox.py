"""Sends, from any thread or loop, in order, to the loop that owns the layer or the socket."""

import asyncio
import logging
import threading
from collections import deque
from typing import Any, Awaitable, Callable, Deque, Optional, Tuple, TypeVar

logger = logging.getLogger("django.channels")

T = TypeVar("T")


class Outbox:
    """Calls made from any thread, carried out in their order on one event loop.

    Many calls share one wake-up of the loop, which is what such a call costs otherwise.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._calls: Deque[Tuple[Callable[[Any], Any], Any]] = deque()
        self._awake = False

    def waiting(self) -> int:
        """How many calls wait for the loop."""
        return len(self._calls)

    def post(self, function: Callable[[Any], Any], argument: Any = None) -> None:
        """Have the loop call ``function(argument)``. Dropped when the loop is closed: nobody is left to tell."""
        self._calls.append((function, argument))
        if not self._awake:
            self._awake = True
            try:
                self.loop.call_soon_threadsafe(self._drain)
            except RuntimeError:
                self._awake = False
                self._calls.clear()

    def _drain(self) -> None:
        # Before reading: a call that comes in from now on wakes the loop again.
        self._awake = False
        calls = self._calls
        for _ in range(len(calls)):
            function, argument = calls.popleft()
            try:
                function(argument)
            except Exception:
                logger.exception("Error while sending")


class Bridge:
    """Lets synchronous code of any thread await coroutines on the loop that owns a channel layer.

    That is the server's loop where this process serves, and a loop in a thread of its own elsewhere.
    """

    def __init__(self) -> None:
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._lock = threading.Lock()
        # The last call made on the owner's own thread, and the owner that it was made on.
        self._tail: Optional[asyncio.Task[None]] = None
        self._tail_owner: Optional[asyncio.AbstractEventLoop] = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make ``loop`` the owner."""
        self._loop = loop

    def run(self, coroutine_function: Callable[..., Awaitable[T]], *args: Any) -> Optional[T]:
        """Await ``coroutine_function(*args)`` on the owner and return its result.

        Called on the owner's own thread it cannot wait: the call is put behind earlier ones, its errors are
        logged, and the result is None.

        Raises:
            Whatever the coroutine raises.
        """
        owner = self._owner()
        if _running_loop() is owner:
            earlier = self._tail if self._tail_owner is owner else None
            self._tail_owner = owner
            self._tail = owner.create_task(self._after(earlier, coroutine_function, args))
            return None
        return asyncio.run_coroutine_threadsafe(_awaited(coroutine_function, args), owner).result()

    def ask(self, coroutine_function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """As :meth:`run`, for what would be lost without its result.

        Raises:
            RuntimeError: called on the owner's own thread, which cannot wait for itself.
        """
        if _running_loop() is self._owner():
            raise RuntimeError(
                "The event loop that owns the channel layer cannot wait for its answer: call this from a thread "
                "(asgiref.sync.sync_to_async)."
            )
        return self.run(coroutine_function, *args)  # type: ignore[return-value]

    def _owner(self) -> asyncio.AbstractEventLoop:
        loop = self._loop
        if loop is not None and loop.is_running():
            return loop
        with self._lock:
            if self._loop is None or not self._loop.is_running():
                self._loop = _start_loop()
            return self._loop

    @staticmethod
    async def _after(
        earlier: "Optional[asyncio.Task[None]]", coroutine_function: Callable[..., Awaitable[Any]], args: Any
    ) -> None:
        if earlier is not None:
            await earlier
        try:
            await coroutine_function(*args)
        except asyncio.CancelledError:  # an Exception on Python 3.7
            raise
        except Exception:
            logger.exception("Error while sending to the channel layer from inside its event loop")


def _running_loop() -> Optional[asyncio.AbstractEventLoop]:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _awaited(coroutine_function: Callable[..., Awaitable[T]], args: Any) -> T:
    return await coroutine_function(*args)


def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    started = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(started.set)
        loop.run_forever()

    threading.Thread(target=run, name="compat-layer", daemon=True).start()
    started.wait()
    return loop
