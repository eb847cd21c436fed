"""Threads for consumers; the order of one socket's messages."""

import asyncio
import logging
import threading
import time
import traceback
from collections import deque
from typing import Any, Callable, Deque, List, Optional, Tuple

logger = logging.getLogger("django.channels")

# Messages that one lane may run before it lets others have the thread.
BURST = 64
# Seconds after which the pool looks whether its threads get on with what waits.
WATCH = 0.002
# Seconds that a thread may take for a message, on average, before others are to help it. Only the first two threads
# count: more messages than they begin together, if they are as quick as that, no process can carry.
QUICK = 0.00025


class ThreadPool:
    """Up to ``size`` daemon threads, started as they are needed.

    More threads are of use while consumers wait for something, as a database. If they do not, threads that run at
    once only take the interpreter's lock from each other and from the event loop, which costs more than a quick
    consumer itself. So a thread at work gets another one beside it only if it does not get on, which a timer on the
    event loop watches; without a loop, whenever a job waits. One thread at most is on its way to the jobs at any
    time; it rouses the next if one is wanted.

    Not concurrent.futures: its threads hold up the end of the process for as long as a consumer hangs, and we
    need no result.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: Deque[Callable[[], Any]] = deque()
        # Its holder may come again: a coroutine that Python clears away just then ends its socket.
        self._lock = threading.RLock()
        self._threads = 0
        # What wakes the threads that sleep; the last one to fall asleep is at the end.
        self._bells: List[threading.Lock] = []
        self._coming = False
        # The thread (its bell) that took the last job, unless it sleeps.
        self._taker: Optional[threading.Lock] = None
        # Whether consumers are known to be slow, by how many messages were begun since the watch was set.
        self._slow = True
        self._begun = 0
        self._watched_since = 0.0
        self._watched = False
        self._called = False
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._loop_thread = 0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let ``loop`` rouse threads, and watch over the jobs that wait. On that loop."""
        with self._lock:
            self._loop, self._loop_thread = loop, threading.get_ident()
            self._slow = self._watched = self._called = False

    def submit(self, job: Callable[[], Any]) -> None:
        """Have a thread call ``job()``."""
        act = None
        with self._lock:
            self._jobs.append(job)
            if self._loop is None:
                act = self._next_thread()
            elif not self._called and not (self._watched and self._is_enough()):
                self._called = True
                act = self._call_loop
        if act is not None:
            act()

    def moved(self) -> None:
        """A job gets on: it begins with one message of several."""
        self._begun += 1  # threads may lose one another's; it is for an estimate

    def load(self) -> Tuple[int, int]:
        """How many jobs are at work and how many wait for a thread, about."""
        return self._threads - len(self._bells), len(self._jobs)

    # --- who runs next: under the lock; what they return is to be called without it ---

    def _is_enough(self) -> bool:
        """Whether the threads that are awake, or on their way, are enough."""
        return self._coming or (self._taker is not None and not self._slow)

    def _next_thread(self) -> Optional[Callable[[], Any]]:
        """What rouses a thread, if one more is of use."""
        if self._is_enough():
            return None
        if self._bells:
            self._coming = True
            return self._bells.pop().release
        if self._threads < self._size:
            self._coming = True
            self._threads += 1
            return self._start_thread
        return None

    # --- on the loop ---

    def _call_loop(self) -> None:
        # Not at once: a thread that runs while the loop has more for it to do is in the way of both.
        loop = self._loop
        try:
            if loop is None:
                self._unbind()
            elif threading.get_ident() == self._loop_thread:
                loop.call_soon(self._serve)
            else:
                loop.call_soon_threadsafe(self._serve)
        except RuntimeError:  # the loop is closed
            self._unbind()

    def _serve(self) -> None:
        self._called = False
        self._look(judge=False)

    def _look_again(self) -> None:
        self._watched = False
        self._look(judge=True)

    def _look(self, judge: bool) -> None:
        rouse = None
        with self._lock:
            now = time.monotonic()
            if judge:
                awake = min(2, self._threads - len(self._bells))
                self._slow = self._begun * QUICK < awake * (now - self._watched_since)
            if self._jobs:
                rouse = self._next_thread()
                if not self._watched and self._loop is not None and (rouse is None or len(self._jobs) > 1):
                    self._watched, self._watched_since, self._begun = True, now, 0
                    self._loop.call_later(WATCH, self._look_again)
        if rouse is not None:
            rouse()

    def _unbind(self) -> None:
        with self._lock:
            self._loop, self._slow = None, True
            rouse = self._next_thread() if self._jobs else None
        if rouse is not None:
            rouse()

    # --- the threads ---

    def _start_thread(self) -> None:
        try:
            threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()
        except RuntimeError:  # the system has no more threads for us
            with self._lock:
                self._coming = False
                self._threads -= 1
                if not self._threads:
                    raise

    def _run(self) -> None:
        bell = threading.Lock()
        bell.acquire()
        roused = True
        while True:
            rouse = job = None
            with self._lock:
                if roused:
                    self._coming = roused = False
                if self._jobs:
                    job = self._jobs.popleft()
                    self._taker = bell
                    rouse = self._next_thread() if self._jobs else None
                else:
                    self._bells.append(bell)
                    if self._taker is bell:
                        self._taker = None
            if job is None:
                roused = bell.acquire()
                continue
            if rouse is not None:
                rouse()
            try:
                job()
            except BaseException:
                _report()

    def drain(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds until all jobs are done; whether they are."""
        deadline = time.monotonic() + timeout
        self._unbind()  # the loop ends, or has
        while self._is_busy() and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self._is_busy()

    def _is_busy(self) -> bool:
        with self._lock:
            return bool(self._jobs) or len(self._bells) < self._threads


class Lane:
    """Messages that run one after another, in the threads of a pool.

    Args:
        pool: where they run.
        handle: called in a thread with each item; returns an item to put at the end again, or None.
        on_progress: called in a thread after each item with the number that still wait, if given.
    """

    __slots__ = ("_final", "_handle", "_items", "_lock", "_on_progress", "_pool", "_running")

    def __init__(
        self,
        pool: ThreadPool,
        handle: Callable[[Any], Optional[Any]],
        on_progress: Optional[Callable[[int], None]] = None,
    ) -> None:
        self._pool = pool
        self._handle = handle
        self._on_progress = on_progress
        self._items: Deque[Any] = deque()
        self._final: Optional[Callable[[], None]] = None
        self._running = False
        self._lock = threading.RLock()  # as the pool's

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        """Run ``item`` after the ones before it."""
        self._items.append(item)
        self._start()

    def finish(self, final: Callable[[], None]) -> None:
        """Call ``final()`` once everything else is done, items that were put back included."""
        self._final = final
        self._start()

    def _start(self) -> None:
        with self._lock:
            if self._running:
                return
            self._running = True
        self._pool.submit(self._run)

    def _run(self) -> None:
        items = self._items
        for _ in range(BURST):
            try:
                if items:
                    self._pool.moved()
                    again = self._handle(items.popleft())
                    if again is not None:
                        items.append(again)
                else:
                    with self._lock:
                        if items:
                            continue
                        final, self._final = self._final, None
                        if final is None:
                            self._running = False
                            return
                    final()
            except BaseException:  # a lane that stopped at an error would keep back all that comes after it
                _report()
            if self._on_progress is not None:
                self._on_progress(len(items))
        self._pool.submit(self._run)


def _report() -> None:
    try:
        logger.exception("Error in a consumer thread")
    except Exception:  # of a handler, which must not take the thread with it
        traceback.print_exc()
