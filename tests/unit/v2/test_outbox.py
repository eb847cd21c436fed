"""Calls from anywhere, carried out in order on one event loop."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from typing import Any

import pytest
from support.waiting import DEADLINE, in_executor, in_thread, run, turns

from compat.v2.outbox import Bridge, Outbox


class Thing:
    pass


# --- Outbox ---


def test_calls_are_made_on_the_loop_in_their_order() -> None:
    async def main() -> Any:
        made: list[Any] = []
        outbox = Outbox(asyncio.get_running_loop())
        for n in range(5):
            outbox.post(lambda n: made.append((n, threading.current_thread())), n)
        assert made == []
        await turns(1)
        return made

    assert run(main()) == [(n, threading.main_thread()) for n in range(5)]


def test_a_call_needs_no_argument() -> None:
    async def main() -> Any:
        made: list[Any] = []
        Outbox(asyncio.get_running_loop()).post(made.append)
        await turns()
        return made

    assert run(main()) == [None]


def test_calls_of_many_threads_keep_the_order_of_each() -> None:
    async def main() -> list[tuple[int, int]]:
        made: list[tuple[int, int]] = []
        outbox, barrier = Outbox(asyncio.get_running_loop()), threading.Barrier(8)
        complete = asyncio.Event()

        def note(call: tuple[int, int]) -> None:
            made.append(call)
            if len(made) == 8 * 500:
                complete.set()

        def post(thread: int) -> None:
            barrier.wait(DEADLINE)
            for n in range(500):
                outbox.post(note, (thread, n))

        threads = [in_thread(post, thread) for thread in range(8)]
        await complete.wait()
        for wait in threads:
            await in_executor(wait)
        return made

    made = run(main())
    assert len(made) == 8 * 500
    for thread in range(8):
        assert [n for who, n in made if who == thread] == list(range(500))


def test_many_calls_share_one_wake_up() -> None:
    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        wake_ups: list[Any] = []
        wake = loop.call_soon_threadsafe

        def call_soon_threadsafe(callback: Any, *args: Any, **kwargs: Any) -> Any:
            wake_ups.append(callback)
            return wake(callback, *args, **kwargs)

        loop.call_soon_threadsafe = call_soon_threadsafe  # type: ignore[method-assign]
        made: list[int] = []
        outbox = Outbox(loop)
        for n in range(1000):
            outbox.post(made.append, n)
        await turns()
        return len(wake_ups), len(made)

    assert run(main()) == (1, 1000)


def test_a_call_made_during_a_call_comes_later() -> None:
    async def main() -> list[str]:
        made: list[str] = []
        outbox = Outbox(asyncio.get_running_loop())

        def first(_: Any) -> None:
            outbox.post(lambda _: made.append("third"))
            made.append("first")

        outbox.post(first)
        outbox.post(lambda _: made.append("second"))
        await turns()
        return made

    assert run(main()) == ["first", "second", "third"]


def test_a_call_that_fails_is_logged_and_the_next_is_made(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Any) -> None:
        raise ValueError("no")

    async def main() -> list[int]:
        made: list[int] = []
        outbox = Outbox(asyncio.get_running_loop())
        outbox.post(fail)
        outbox.post(made.append, 1)
        await turns()
        outbox.post(made.append, 2)
        await turns()
        return made

    assert run(main()) == [1, 2]
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [(logging.ERROR, "Error while sending")]


def test_calls_to_a_closed_loop_are_dropped_and_not_kept() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    outbox, made, things = Outbox(loop), [], [Thing() for _ in range(5)]
    kept = [weakref.ref(thing) for thing in things]
    while things:
        outbox.post(made.append, things.pop())
    gc.collect()
    assert made == []
    assert [each() for each in kept] == [None] * 5


# --- Bridge ---


async def double(n: int) -> tuple[int, asyncio.AbstractEventLoop]:
    await asyncio.sleep(0)
    return 2 * n, asyncio.get_running_loop()


async def fail() -> None:
    raise LookupError("of the coroutine")


@pytest.fixture
def bridge() -> Bridge:
    """Its loop, if it starts one, runs on: nobody could close it from here."""
    return Bridge()


def test_without_any_loop_one_is_started_and_kept(bridge: Bridge) -> None:
    results = [bridge.run(double, n) for n in range(3)]
    assert [result[0] for result in results if result] == [0, 2, 4]
    assert len({result[1] for result in results if result}) == 1


def test_threads_that_ask_at_once_start_one_loop(bridge: Bridge) -> None:
    barrier = threading.Barrier(8)

    def ask() -> Any:
        barrier.wait(DEADLINE)
        return bridge.run(double, 1)

    results = [wait() for wait in [in_thread(ask) for _ in range(8)]]
    assert len({loop for _, loop in results}) == 1


def test_from_a_thread_the_owner_does_it(bridge: Bridge) -> None:
    async def main() -> Any:
        loop = asyncio.get_running_loop()
        bridge.bind(loop)
        result = await in_executor(bridge.run, double, 2)
        return result, loop

    result, loop = run(main())
    assert result == (4, loop)


def test_from_another_loop_the_owner_does_it_too(bridge: Bridge) -> None:
    async def elsewhere() -> Any:
        return bridge.run(double, 2), asyncio.get_running_loop()

    async def main() -> Any:
        bridge.bind(asyncio.get_running_loop())
        return await in_executor(run, elsewhere()), asyncio.get_running_loop()

    (result, other), owner = run(main())
    assert result == (4, owner)
    assert other is not owner


def test_inside_a_loop_that_is_not_the_owner_s_and_with_no_owner(bridge: Bridge) -> None:
    async def main() -> Any:
        return bridge.run(double, 2), asyncio.get_running_loop()

    result, own = run(main())
    assert result[0] == 4
    assert result[1] is not own


@pytest.mark.parametrize("inside", [False, True])
def test_errors_reach_a_caller_who_can_wait(bridge: Bridge, inside: bool) -> None:
    async def main() -> None:
        bridge.run(fail)

    with pytest.raises(LookupError, match="of the coroutine"):
        if inside:
            run(main())
        else:
            bridge.run(fail)


def test_on_the_owner_s_own_thread_it_is_done_later_and_in_order(bridge: Bridge) -> None:
    async def main() -> list[int]:
        bridge.bind(asyncio.get_running_loop())
        done: list[int] = []

        async def note(n: int, pauses: int) -> None:
            for _ in range(pauses):
                await asyncio.sleep(0)
            done.append(n)

        assert bridge.run(note, 1, 10) is None
        assert bridge.run(note, 2, 0) is None
        assert bridge.run(note, 3, 5) is None
        assert done == []
        await turns(50)
        return done

    assert run(main()) == [1, 2, 3]


def test_on_the_owner_s_own_thread_an_error_is_logged_and_the_next_is_done(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[int]:
        bridge.bind(asyncio.get_running_loop())
        done: list[int] = []

        async def note() -> None:
            done.append(1)

        bridge.run(fail)
        bridge.run(note)
        await turns()
        return done

    assert run(main()) == [1]
    assert [each.getMessage() for each in caplog.records] == [
        "Error while sending to the channel layer from inside its event loop"
    ]


def test_an_owner_that_has_ended_is_replaced(bridge: Bridge) -> None:
    async def main() -> Any:
        bridge.bind(asyncio.get_running_loop())
        return asyncio.get_running_loop()

    ended = run(main())
    result = bridge.run(double, 3)
    assert result is not None
    assert result[0] == 6
    assert result[1] is not ended


def test_what_an_ended_owner_left_undone_does_not_hold_up_the_next_owner(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def never() -> None:
        await asyncio.get_running_loop().create_future()

    async def first() -> None:
        bridge.bind(asyncio.get_running_loop())
        bridge.run(never)
        await turns()

    async def second() -> list[int]:
        bridge.bind(asyncio.get_running_loop())
        done: list[int] = []

        async def note() -> None:
            done.append(1)

        bridge.run(note)
        await turns()
        return done

    run(first())
    assert run(second()) == [1]


def test_asking_needs_a_caller_who_can_wait(bridge: Bridge) -> None:
    async def main() -> Any:
        bridge.bind(asyncio.get_running_loop())
        with pytest.raises(RuntimeError, match="cannot wait for its answer: call this from a thread"):
            bridge.ask(double, 1)
        return (await in_executor(bridge.ask, double, 1))[0]

    assert run(main()) == 2
    assert bridge.ask(double, 2)[0] == 4
