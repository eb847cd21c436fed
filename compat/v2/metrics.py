"""What this process has done and what waits in it: counted where it happens, gathered when somebody asks.

    from compat.v2 import metrics
    metrics.snapshot().consumed["websocket.receive"].seconds

Counting takes no lock: each thread that runs consumers has numbers of its own, those of sockets belong to the event
loop, and lengths of queues are read off the queues. Only a drop, which is logged anyway, takes one.
"""

import logging
import threading
import time
import weakref
from collections import Counter
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

logger = logging.getLogger("django.channels.metrics")


class Consumed(NamedTuple):
    """What the consumers of one channel have done.

    Attributes:
        messages: how many they were called with.
        errors: how many of these calls raised.
        seconds: how long the calls took, together.
    """

    messages: int = 0
    errors: int = 0
    seconds: float = 0.0


class Snapshot(NamedTuple):
    """The state of this process. What is counted, is counted since its start.

    Attributes:
        consumed: by channel (``"websocket.receive"``, ``"mail"``, …).
        dropped: messages that nobody will get, by reason.
        sockets: how many legacy sockets are open.
        sockets_opened: how many have been opened.
        frames_received: from clients of legacy sockets.
        frames_sent: to them.
        inbox, longest_inbox: frames that wait for a consumer; and for that of one socket.
        outbox, longest_outbox: messages that wait for a client; and for the one that has most.
        running: consumers at work.
        queued: sockets and custom messages that wait for a thread.
        wakeups: calls from threads that wait for the event loop.
        channels: messages that wait in the channel layer, by channel, of the channels that this process consumes;
            empty where the layer cannot say or does not answer.
    """

    consumed: Dict[str, Consumed]
    dropped: Dict[str, int]
    sockets: int = 0
    sockets_opened: int = 0
    frames_received: int = 0
    frames_sent: int = 0
    inbox: int = 0
    longest_inbox: int = 0
    outbox: int = 0
    longest_outbox: int = 0
    running: int = 0
    queued: int = 0
    wakeups: int = 0
    channels: Dict[str, int] = {}


# --- consumers: each thread's own numbers ---------------------------------------------------------


class Tally:
    """One thread's numbers of one channel; changed by that thread only."""

    __slots__ = ("errors", "messages", "seconds")

    def __init__(self) -> None:
        self.messages = 0
        self.errors = 0
        self.seconds = 0.0

    def add(self, started: float) -> None:
        """A consumer has returned or raised.

        Args:
            started: what :func:`time.perf_counter` said before.
        """
        self.messages += 1
        self.seconds += time.perf_counter() - started


_Tallies = Dict[str, Tally]


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.by_channel: _Tallies = {}
        with _lock:
            _fold_ended()
            _threads.append((threading.current_thread(), self.by_channel))


_lock = threading.Lock()
_threads: List[Tuple[threading.Thread, _Tallies]] = []
_ended: Dict[str, Consumed] = {}
_dropped: "Counter[str]" = Counter()


def tally(channel: str) -> Tally:
    """The running thread's numbers of ``channel``."""
    by_channel = _mine.by_channel
    found = by_channel.get(channel)
    if found is None:
        found = by_channel[channel] = Tally()
    return found


def count_drop(reason: str, messages: int = 1) -> None:
    """Count messages that nobody will get.

    Args:
        reason: one of a few, without names of groups or clients; the guide lists them.
    """
    with _lock:
        _dropped[reason] += messages


def _fold_ended() -> None:
    # Else the numbers of threads that come and go would pile up.
    for thread, tallies in _threads:
        if not thread.is_alive():
            _add(_ended, tallies)
    _threads[:] = [each for each in _threads if each[0].is_alive()]


def _add(consumed: Dict[str, Consumed], tallies: _Tallies) -> None:
    for channel, found in list(tallies.items()):
        before = consumed.get(channel, Consumed())
        consumed[channel] = Consumed(
            before.messages + found.messages, before.errors + found.errors, before.seconds + found.seconds
        )


_mine = _OfThread()


# --- sockets and queues --------------------------------------------------------------------------


class Sockets:
    """The legacy sockets of one event loop; changed on it only.

    Attributes:
        open: those that are open. Each has ``waiting()``: how many messages wait for its consumer and its client.
        opened, received, sent: how many sockets and frames there have been.
    """

    def __init__(self) -> None:
        self.open: Set[Any] = set()
        self.opened = 0
        self.received = 0
        self.sent = 0

    def add(self, socket: Any) -> None:
        self.opened += 1
        self.open.add(socket)

    def waiting(self) -> Iterator[Tuple[int, int]]:
        for socket in list(self.open):
            yield socket.waiting()


class Watched:
    """What snapshots look at, for as long as somebody keeps this object.

    Args:
        layer: the channel layer.
        channels: the names of the channels that are consumed from it.
        loads: each returns how many consumers run and how many jobs wait for a thread.
        sockets: those that are served.
        wakeups: its ``waiting()`` says how many calls wait for the event loop.
    """

    def __init__(
        self,
        layer: Any,
        channels: Callable[[], Sequence[str]],
        loads: Sequence[Callable[[], Tuple[int, int]]],
        sockets: Optional[Sockets] = None,
        wakeups: Optional[Any] = None,
    ) -> None:
        self.layer = layer
        self.channels = channels
        self.loads = loads
        self.sockets = sockets or Sockets()
        self.wakeups = wakeups
        with _lock:
            _watched.add(self)


_watched: "weakref.WeakSet[Watched]" = weakref.WeakSet()


def snapshot() -> Snapshot:
    """The state of this process now. From any thread; on the event loop of a layer on the network, which cannot wait
    for itself, without the lengths of its channels."""
    with _lock:
        _fold_ended()
        consumed = dict(_ended)
        living = [tallies for _, tallies in _threads]
        dropped = dict(_dropped)
        watched = list(_watched)
    for tallies in living:
        _add(consumed, tallies)
    waiting = [pair for each in watched for pair in each.sockets.waiting()]
    inboxes, outboxes = [pair[0] for pair in waiting], [pair[1] for pair in waiting]
    loads = [load() for each in watched for load in each.loads]
    channels: Dict[str, int] = {}
    for each in watched:
        channels.update(each.layer.waiting(each.channels()))
    return Snapshot(
        consumed=consumed,
        dropped=dropped,
        sockets=len(waiting),
        sockets_opened=sum(each.sockets.opened for each in watched),
        frames_received=sum(each.sockets.received for each in watched),
        frames_sent=sum(each.sockets.sent for each in watched),
        inbox=sum(inboxes),
        longest_inbox=max(inboxes, default=0),
        outbox=sum(outboxes),
        longest_outbox=max(outboxes, default=0),
        running=sum(running for running, _ in loads),
        queued=sum(queued for _, queued in loads),
        wakeups=sum(each.wakeups.waiting() for each in watched if each.wakeups),
        channels=channels,
    )


# --- the line in the log -------------------------------------------------------------------------


def line(state: Snapshot) -> str:
    """A snapshot in one line: ``name=value`` for each number, then channels and drops."""
    words = [f"{name}={value}" for name, value in zip(state._fields, state) if not isinstance(value, dict)]
    for channel, (messages, errors, seconds) in sorted(state.consumed.items()):
        words.append(f"consumed[{channel}]={messages},errors={errors},seconds={seconds:.3f}")
    words += [f"waiting[{channel}]={number}" for channel, number in sorted(state.channels.items())]
    words += [f"dropped[{reason}]={number}" for reason, number in sorted(state.dropped.items())]
    return " ".join(words)


class _Log(threading.Thread):
    def __init__(self, interval: float) -> None:
        super().__init__(name="compat-metrics", daemon=True)
        self.interval = interval
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(self.interval):
            try:
                logger.info("%s", line(snapshot()))
            except Exception:
                logger.exception("Cannot gather metrics")


_log: Optional[_Log] = None


def start_log(interval: float) -> None:
    """Log a line every ``interval`` seconds from now on, at level INFO on ``django.channels.metrics``.

    Does nothing if this process does so already; a process that was forked off does not.
    """
    global _log
    with _lock:
        if _log is not None and _log.is_alive():
            return
        _log = _Log(interval)
        _log.start()


def stop_log() -> None:
    """End :func:`start_log`."""
    global _log
    with _lock:
        log, _log = _log, None
    if log is not None:
        log.ended.set()
        log.join()
