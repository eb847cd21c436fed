"""Waiting for what other threads and tasks do, never longer than a deadline."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Awaitable, Callable, TypeVar

# Seconds. Long, since it is only ever waited for when a test is about to fail.
DEADLINE = 10.0

T = TypeVar("T")


def run(coroutine: Awaitable[T]) -> T:
    """Await ``coroutine`` on an event loop of its own, and not for ever: what it waits for fails first."""

    async def main() -> T:
        return await asyncio.wait_for(coroutine, 3 * DEADLINE)

    return asyncio.run(main())


def in_thread(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """Call ``function`` in a thread; returns what waits for its result (or error)."""
    result: list[Any] = []
    error: list[BaseException] = []

    def call() -> None:
        try:
            result.append(function(*arguments))
        except BaseException as caught:
            error.append(caught)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()

    def wait() -> Any:
        thread.join(DEADLINE)
        assert not thread.is_alive(), f"{function!r} did not come back"
        if error:
            raise error[0]
        return result[0]

    return wait


async def in_executor(function: Callable[..., T], *arguments: Any) -> T:
    """Call ``function`` in a thread while the running loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


async def turns(count: int = 20) -> None:
    """Let everything that is ready on the running loop run, to see that nothing more happens."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what tells nobody that it has come true."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


class Journal:
    """What happened, from any thread, in order; one can wait for its growth."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._changed = threading.Condition()

    def add(self, entry: Any) -> None:
        with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()

    def wait(self, count: int) -> list[Any]:
        """All entries, once there are ``count`` of them."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.entries) >= count, DEADLINE)
            assert enough, f"only {self.entries} happened, not {count} entries"
            return list(self.entries)

    async def reached(self, count: int) -> list[Any]:
        return await in_executor(self.wait, count)


def wait_for(event: threading.Event) -> None:
    """Wait in a thread for ``event``."""
    assert event.wait(DEADLINE), "waited in vain"
