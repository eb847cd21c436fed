"""Threads for consumers; the order of one socket's messages."""

import logging
import queue
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Optional, Tuple

logger = logging.getLogger("django.channels")

# Messages that one lane may run before it lets others have the thread.
BURST = 64


class ThreadPool:
    """Up to ``size`` daemon threads, started as they are needed.

    Not concurrent.futures: its threads hold up the end of the process for as long as a consumer hangs, and we
    need no result.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0

    def submit(self, job: Callable[[], Any]) -> None:
        """Have a thread call ``job()``."""
        with self._lock:
            self._unfinished += 1
            start = self._unfinished > self._threads and self._threads < self._size
            if start:
                self._threads += 1
                number = self._threads
        self._jobs.put(job)
        if start:
            threading.Thread(target=self._run, name=f"{self._name}-{number}", daemon=True).start()

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except BaseException:
                logger.exception("Error in a consumer thread")
            with self._lock:
                self._unfinished -= 1

    def load(self) -> Tuple[int, int]:
        """How many jobs are at work and how many wait for a thread, about."""
        queued = self._jobs.qsize()
        return max(0, self._unfinished - queued), queued

    def drain(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds until all jobs are done; whether they are."""
        deadline = time.monotonic() + timeout
        while self._unfinished and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self._unfinished


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
        self._lock = threading.Lock()

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
        for _ in range(BURST):
            with self._lock:
                if not self._items and self._final is None:
                    self._running = False
                    return
            if self._items:
                again = self._guard(self._handle, self._items.popleft())
                if again is not None:
                    self._items.append(again)
            else:
                final, self._final = self._final, None
                if final is not None:
                    self._guard(final)
            if self._on_progress is not None:
                self._on_progress(len(self._items))
        self._pool.submit(self._run)

    @staticmethod
    def _guard(function: Callable[..., Any], *arguments: Any) -> Any:
        # A lane that stopped at an error would keep back all that comes after it.
        try:
            return function(*arguments)
        except BaseException:
            logger.exception("Error in a consumer thread")
            return None
