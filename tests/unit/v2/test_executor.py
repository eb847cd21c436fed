"""Threads for consumers, and lanes: what runs one after another."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any, Callable, Deque, Iterator

import pytest
from support.waiting import DEADLINE, Journal, in_executor, in_thread, run, wait_for

from compat.v2 import executor
from compat.v2.executor import BURST, Lane, ThreadPool


@pytest.fixture
def pool() -> ThreadPool:
    return ThreadPool(4, "of-a-test")


class Gate:
    """Holds up who comes to it."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        wait_for(self.open)


# --- the pool ---


def test_jobs_run_in_daemon_threads_of_the_pool_s_name(pool: ThreadPool) -> None:
    journal = Journal()
    pool.submit(lambda: journal.add(threading.current_thread()))
    (thread,) = journal.wait(1)
    assert (thread.daemon, thread.name) == (True, "of-a-test-1")


def test_as_many_jobs_as_threads_run_at_once() -> None:
    pool, barrier, journal = ThreadPool(3, "of-a-test"), threading.Barrier(3), Journal()
    for _ in range(3):
        pool.submit(lambda: journal.add(barrier.wait(DEADLINE)))
    assert sorted(journal.wait(3)) == [0, 1, 2]


def test_no_more_threads_are_started_than_are_allowed() -> None:
    pool, gate, journal = ThreadPool(2, "of-a-test"), Gate(), Journal()

    def job() -> None:
        gate.pass_through()
        journal.add(threading.current_thread())

    for _ in range(6):
        pool.submit(job)
    gate.open.set()
    assert len(set(journal.wait(6))) <= 2


def test_an_idle_thread_is_used_again(pool: ThreadPool) -> None:
    journal = Journal()
    for n in range(5):
        pool.submit(lambda: journal.add(threading.current_thread()))
        journal.wait(n + 1)
        assert pool.drain(DEADLINE)
    assert len(set(journal.entries)) == 1


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), KeyboardInterrupt()])
def test_an_error_is_logged_and_the_thread_goes_on(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    pool, journal = ThreadPool(1, "of-a-test"), Journal()

    def fail() -> None:
        raise error

    pool.submit(fail)
    pool.submit(lambda: journal.add("next"))
    assert journal.wait(1) == ["next"]
    (record,) = [each for each in caplog.records if each.name == "django.channels"]
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "Error in a consumer thread")
    assert record.exc_info is not None
    assert record.exc_info[1] is error


class BrokenHandler(logging.Handler):
    """Of logging; its destination is not to be had."""

    def emit(self, record: logging.LogRecord) -> None:
        raise OSError("no mail server")


@pytest.fixture
def _nobody_can_be_told() -> Iterator[None]:
    handler, logger = BrokenHandler(), logging.getLogger("django.channels")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.mark.usefixtures("_nobody_can_be_told")
def test_an_error_that_cannot_be_logged_stops_neither_thread_nor_lane(capsys: pytest.CaptureFixture[str]) -> None:
    pool, journal = ThreadPool(1, "of-a-test"), Journal()
    lane = Lane(pool, lambda item: journal.add(1 / item))
    for item in (0, 1):
        lane.put(item)
    pool.submit(lambda: 1 / 0)
    pool.submit(lambda: journal.add("next"))
    assert journal.wait(2) == [1.0, "next"]
    shown = capsys.readouterr().err
    assert shown.count("ZeroDivisionError") == shown.count("OSError: no mail server") == 2


class Interrupted(Deque[Any]):
    """Jobs; when the first is put there, Python clears away a coroutine, which submits another."""

    def __init__(self, pool: ThreadPool, other: Callable[[], Any]) -> None:
        super().__init__()
        self.clear_away = [lambda: pool.submit(other)]

    def append(self, job: Any) -> None:
        super().append(job)
        if self.clear_away:
            self.clear_away.pop()()


@pytest.mark.parametrize("loop", [True, False])
def test_what_is_submitted_in_the_middle_of_that_is_run_too(pool: ThreadPool, loop: bool) -> None:
    journal = Journal()
    pool._jobs = Interrupted(pool, lambda: journal.add("other"))

    async def main() -> None:
        if loop:
            pool.bind(asyncio.get_running_loop())
        pool.submit(lambda: journal.add("job"))
        await journal.reached(2)

    in_thread(run, main())()
    assert sorted(journal.entries) == ["job", "other"]


def test_draining_waits_for_what_runs_and_for_what_waits() -> None:
    pool, gate, journal = ThreadPool(1, "of-a-test"), Gate(), Journal()
    pool.submit(gate.pass_through)
    pool.submit(lambda: journal.add("second"))
    wait_for(gate.reached)
    drained = in_thread(pool.drain, DEADLINE)
    gate.open.set()
    assert drained() is True
    assert journal.entries == ["second"]


def test_draining_gives_up_in_the_end(pool: ThreadPool) -> None:
    gate = Gate()
    pool.submit(gate.pass_through)
    assert pool.drain(0.01) is False
    gate.open.set()
    assert pool.drain(DEADLINE) is True


def test_a_pool_without_jobs_is_drained_at_once(pool: ThreadPool) -> None:
    assert pool.drain(0) is True


def test_a_system_without_more_threads_makes_do_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, gate, journal = ThreadPool(2, "of-a-test"), Gate(), Journal()
    pool.submit(gate.pass_through)
    wait_for(gate.reached)
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    pool.submit(lambda: journal.add("later"))
    gate.open.set()
    assert journal.wait(1) == ["later"]


def test_a_system_without_any_thread_is_an_error(pool: ThreadPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        pool.submit(lambda: None)


def refuse_to_start(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


# --- the pool beside an event loop ---


@pytest.fixture
def without_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens then, is not the watch's doing."""
    monkeypatch.setattr(executor, "WATCH", 10 * DEADLINE)


@pytest.mark.usefixtures("without_watch")
def test_quick_jobs_are_one_thread_s(pool: ThreadPool) -> None:
    journal = Journal()

    async def main() -> list[Any]:
        pool.bind(asyncio.get_running_loop())
        for _ in range(500):
            pool.submit(lambda: journal.add(threading.current_thread()))
        return await journal.reached(500)

    assert len(set(run(main()))) == 1


@pytest.mark.usefixtures("without_watch")
def test_no_thread_is_roused_before_the_loop_has_submitted_all_it_has(pool: ThreadPool) -> None:
    journal = Journal()

    async def main() -> None:
        pool.bind(asyncio.get_running_loop())
        for n in range(3):
            pool.submit(lambda: journal.add(None))
            assert pool.load() == (0, n + 1)
        await journal.reached(3)

    run(main())


@pytest.mark.parametrize("afar", [False, True], ids=["from the loop", "from a thread"])
def test_jobs_that_wait_get_a_thread_each(afar: bool) -> None:
    pool, barrier, journal = ThreadPool(4, "of-a-test"), threading.Barrier(4), Journal()

    def submit() -> None:
        for _ in range(4):
            pool.submit(lambda: journal.add(barrier.wait(DEADLINE)))

    async def main() -> None:
        pool.bind(asyncio.get_running_loop())
        if afar:
            await in_executor(submit)
        else:
            submit()
        assert sorted(await journal.reached(4)) == [0, 1, 2, 3]

    run(main())


def test_a_job_that_hangs_holds_up_no_other(pool: ThreadPool) -> None:
    gate, journal = Gate(), Journal()

    async def main() -> None:
        pool.bind(asyncio.get_running_loop())
        pool.submit(gate.pass_through)
        await in_executor(wait_for, gate.reached)
        for n in range(3):
            pool.submit(lambda: journal.add(None))
            await journal.reached(n + 1)
        gate.open.set()

    run(main())


@pytest.mark.parametrize("afar", [False, True], ids=["from its thread", "from another thread"])
def test_a_loop_that_is_closed_is_not_waited_for(pool: ThreadPool, afar: bool) -> None:
    barrier, journal = threading.Barrier(2), Journal()

    async def main() -> None:
        pool.bind(asyncio.get_running_loop())

    def submit() -> None:
        for _ in range(2):
            pool.submit(lambda: journal.add(barrier.wait(DEADLINE)))

    run(main())
    if afar:
        in_thread(submit)()
    else:
        submit()
    assert sorted(journal.wait(2)) == [0, 1]


def test_draining_does_not_wait_for_a_loop_that_has_stopped(pool: ThreadPool) -> None:
    barrier, journal = threading.Barrier(2), Journal()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        pool.bind(loop)

    loop.run_until_complete(main())
    for _ in range(2):
        pool.submit(lambda: journal.add(barrier.wait(DEADLINE)))
    assert pool.drain(DEADLINE)
    loop.close()
    assert sorted(journal.entries) == [0, 1]


def test_a_pool_follows_to_the_next_loop(pool: ThreadPool) -> None:
    async def main() -> None:
        barrier, journal = threading.Barrier(3), Journal()
        pool.bind(asyncio.get_running_loop())
        for _ in range(3):
            pool.submit(lambda: journal.add(barrier.wait(DEADLINE)))
        await journal.reached(3)
        pool.submit(lambda: None)  # whose call this loop does not live to see

    run(main())
    run(main())


# --- lanes ---


def test_items_run_in_their_order(pool: ThreadPool) -> None:
    journal = Journal()
    lane = Lane(pool, journal.add)
    for n in range(5 * BURST):
        lane.put(n)
    assert journal.wait(5 * BURST) == list(range(5 * BURST))
    assert len(lane) == 0


def test_no_two_items_of_a_lane_run_at_once(pool: ThreadPool) -> None:
    running, journal = threading.Lock(), Journal()

    def handle(n: int) -> None:
        alone = running.acquire(blocking=False)
        journal.add(alone)
        if alone:
            running.release()

    lane = Lane(pool, handle)
    threads = [in_thread(lambda: [lane.put(n) for n in range(100)]) for _ in range(4)]
    for wait in threads:
        wait()
    assert all(journal.wait(400))


def test_lanes_run_side_by_side(pool: ThreadPool) -> None:
    barrier, journal = threading.Barrier(3), Journal()
    for _ in range(3):
        Lane(pool, lambda item: journal.add(barrier.wait(DEADLINE))).put(None)
    assert sorted(journal.wait(3)) == [0, 1, 2]


def test_a_busy_lane_lets_others_have_the_thread() -> None:
    pool, gate, journal = ThreadPool(1, "of-a-test"), Gate(), Journal()
    busy = Lane(pool, lambda n: gate.pass_through() if n == 0 else journal.add("busy"))
    other = Lane(pool, lambda n: journal.add("other"))
    for n in range(3 * BURST):
        busy.put(n)
    wait_for(gate.reached)
    other.put(None)
    gate.open.set()
    order = journal.wait(3 * BURST)
    assert order.index("other") <= BURST


def test_an_item_that_is_given_back_comes_after_those_that_wait(pool: ThreadPool) -> None:
    gate, journal = Gate(), Journal()
    gate_passed: list[bool] = []

    def handle(item: str) -> str | None:
        journal.add(item)
        if item == "a" and not gate_passed:
            gate_passed.append(True)
            gate.pass_through()
            return "a again"
        return None

    lane = Lane(pool, handle)
    lane.put("a")
    wait_for(gate.reached)
    lane.put("b")
    gate.open.set()
    assert journal.wait(3) == ["a", "b", "a again"]


def test_the_end_comes_after_everything_that_was_given_back(pool: ThreadPool) -> None:
    journal = Journal()

    def handle(n: int) -> int | None:
        journal.add(n)
        return n - 1 if n else None

    lane = Lane(pool, handle)
    lane.put(3)
    lane.finish(lambda: journal.add("end"))
    assert journal.wait(5) == [3, 2, 1, 0, "end"]


def test_the_end_of_a_lane_that_never_had_anything(pool: ThreadPool) -> None:
    journal = Journal()
    Lane(pool, journal.add).finish(lambda: journal.add("end"))
    assert journal.wait(1) == ["end"]


def test_the_end_comes_once(pool: ThreadPool) -> None:
    journal = Journal()
    lane = Lane(pool, journal.add)
    lane.finish(lambda: journal.add("end"))
    journal.wait(1)
    lane.put("late")
    assert journal.wait(2) == ["end", "late"]
    assert pool.drain(DEADLINE)
    assert journal.entries == ["end", "late"]


@pytest.mark.parametrize("count", [0, 1, BURST - 1, BURST, BURST + 1, 2 * BURST])
def test_the_end_comes_whatever_the_number_of_items(pool: ThreadPool, count: int) -> None:
    journal = Journal()
    lane = Lane(pool, journal.add)
    for n in range(count):
        lane.put(n)
    lane.finish(lambda: journal.add("end"))
    assert journal.wait(count + 1) == [*range(count), "end"]
    assert pool.drain(DEADLINE)
    assert len(journal.entries) == count + 1


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1)])
def test_an_item_that_fails_does_not_stop_its_lane(
    pool: ThreadPool, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal()

    def handle(item: str) -> None:
        if item == "bad":
            raise error
        journal.add(item)

    lane = Lane(pool, handle)
    for item in ("bad", "good"):
        lane.put(item)
    lane.finish(lambda: journal.add("end"))
    assert journal.wait(2) == ["good", "end"]
    assert "Error in a consumer thread" in caplog.text


def test_progress_says_how_many_wait(pool: ThreadPool) -> None:
    gate, progress = Gate(), Journal()
    first: list[bool] = []

    def handle(n: int) -> None:
        if not first:
            first.append(True)
            gate.pass_through()

    lane = Lane(pool, handle, progress.add)
    for n in range(4):
        lane.put(n)
        if n == 0:
            wait_for(gate.reached)
    assert len(lane) == 3
    gate.open.set()
    assert progress.wait(4) == [3, 2, 1, 0]


def test_an_idle_lane_holds_no_thread() -> None:
    pool, journal = ThreadPool(1, "of-a-test"), Journal()
    lanes = [Lane(pool, journal.add) for _ in range(50)]
    for n, lane in enumerate(lanes):
        lane.put(n)
    assert sorted(journal.wait(50)) == list(range(50))
    assert pool.drain(DEADLINE)


def test_a_burst_is_worth_one_hop(pool: ThreadPool, monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[Callable[[], Any]] = []
    monkeypatch.setattr(pool, "submit", hops.append)
    lane = Lane(pool, lambda item: None)
    for n in range(BURST):
        lane.put(n)
    assert len(hops) == 1
    assert executor.BURST > 1
