"""Coroutines that begin without a task, and go on in one."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable

import pytest
from support.waiting import run, turns

from compat.v2.eager import into_a_task, start


def begun(coroutine: Any) -> Any:
    """What :func:`start` returns in a callback of the running loop, as sends are made."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Any] = loop.create_future()

    def call() -> None:
        try:
            found.set_result(start(coroutine, loop))
        except Exception as error:
            found.set_exception(error)

    loop.call_soon(call)
    return found


def test_what_waits_for_nothing_has_come_to_its_end() -> None:
    async def main() -> None:
        seen: list[int] = []

        async def steps() -> None:
            seen.append(1)

        assert await begun(steps()) is None
        assert seen == [1]

    run(main())


WAITS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "for a future": lambda future: future,
    "for a turn": lambda future: asyncio.sleep(0),
    "for a while": lambda future: asyncio.sleep(0.001),
    "for a task": lambda future: asyncio.ensure_future(asyncio.sleep(0)),
    "with a limit": lambda future: asyncio.wait_for(asyncio.sleep(0), 10),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_what_waits_goes_on_in_a_task(wait: Callable[[Any], Awaitable[Any]]) -> None:
    async def main() -> None:
        seen: list[Any] = []
        future = asyncio.get_running_loop().create_future()

        async def steps() -> None:
            seen.append("first")
            for _ in range(2):
                await wait(future)
                seen.append(asyncio.current_task())

        task = await begun(steps())
        assert seen[0] == "first"
        future.set_result(None)
        await task
        assert seen[1:] == [task, task]

    run(main())


def test_what_it_waited_for_may_have_come_meanwhile() -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()

        async def steps() -> None:
            asyncio.get_running_loop().call_soon(future.set_result, "found")
            assert await future == "found"

        await (await begun(steps()))

    run(main())


def test_it_can_be_cancelled() -> None:
    async def main() -> None:
        seen: list[Any] = []

        async def steps() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                seen.append("cancelled")
                await asyncio.sleep(0)
                seen.append("cleaned up")
                raise

        task = await begun(steps())
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["cancelled", "cleaned up"]

    run(main())


def test_an_error_while_it_waits_is_the_task_s() -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()

        async def steps() -> None:
            with pytest.raises(KeyError):
                await future
            raise ValueError("after that")

        task = await begun(steps())
        future.set_exception(KeyError("come"))
        with pytest.raises(ValueError, match="after that"):
            await task

    run(main())


def test_what_needs_a_task_gets_into_one() -> None:
    async def main() -> None:
        seen: list[Any] = []

        async def steps() -> None:
            await into_a_task()
            seen.append(asyncio.current_task())

        task = await begun(steps())
        if task is not None:  # where Python has none at first
            await task
        assert seen[0] is not None
        assert seen[0] is not asyncio.current_task()

        here = asyncio.current_task()
        await into_a_task()
        assert asyncio.current_task() is here

    run(main())
