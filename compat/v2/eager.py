"""A coroutine's first steps, at once and without a task, which is an eighth of the time that an echo takes.

Python itself can do that from 3.12 on, and then there is a task from the first step on.
"""

import asyncio
import sys
from typing import Any, Coroutine, Generator, Optional


def start(
    coroutine: "Coroutine[Any, Any, None]", loop: asyncio.AbstractEventLoop
) -> "Optional[asyncio.Task[None]]":
    """Run ``coroutine`` to where it must wait. On ``loop``, in a callback.

    Returns:
        The task that goes on from there; None if it has come to its end.
    """
    if sys.version_info >= (3, 12):
        task = asyncio.Task(coroutine, loop=loop, eager_start=True)
        return None if task.done() else task
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return loop.create_task(_rest(coroutine, waits_for))


async def into_a_task() -> None:
    """Go on in a task: for what asks which one it is in, as a timeout does."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)


async def _rest(coroutine: "Coroutine[Any, Any, None]", waits_for: Any) -> None:
    await _Rest(coroutine, waits_for)


class _Rest:
    """What is left of ``coroutine``, which has told what it waits for."""

    def __init__(self, coroutine: "Coroutine[Any, Any, None]", waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            while True:
                try:
                    found = yield self._waits_for
                except BaseException as error:
                    self._waits_for = self._coroutine.throw(error)
                else:
                    self._waits_for = self._coroutine.send(found)
        except StopIteration:
            pass
