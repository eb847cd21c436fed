"""Load for the benchmarks, made in a process of its own (`generator.py`), and what it measured."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

VARIANTS = 32  # different frames a socket sends in turn; more than the largest window
GENERATOR = str(Path(__file__).resolve().with_name("generator.py"))


@dataclasses.dataclass(frozen=True)
class Load:
    """What to do to the server.

    Args:
        kind: the module that generates it.
        window: frames that a socket (or the sender of a group) has on the way at any time.
        seconds: length of the measured slice, after `warmup` seconds.
        ordered: whether an echo in the wrong order is an error; channels 0.17 promised no order.
        connecting: handshakes under way at a time.
    """

    port: int
    path: str
    kind: str = "echo"
    sockets: int = 50
    size: int = 100
    window: int = 1
    seconds: float = 2.0
    warmup: float = 0.5
    ordered: bool = True
    connecting: int = 5
    patience: float = 10.0

    def __post_init__(self) -> None:
        if self.size < 16:
            raise ValueError("The size must be at least 16: a frame carries its socket's number and its own.")
        if not 1 <= self.window < VARIANTS:
            raise ValueError("The window must be between 1 and %d." % (VARIANTS - 1))


@dataclasses.dataclass(frozen=True)
class Result:
    """What the slice gave; `processor` is the share of one processor that the client itself used."""

    messages: int
    seconds: float
    errors: int
    reordered: int
    first_error: str
    median_ms: float
    p99_ms: float
    processor: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


class LoadFailed(Exception):
    """The load could not be put on the server at all."""


class Tally:
    """What all sockets of a slice count together."""

    def __init__(self) -> None:
        self.measuring = False
        self.sending = True
        self.messages = 0
        self.errors = 0
        self.reordered = 0
        self.first_error = ""
        self.latencies: List[float] = []

    def error(self, text: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or text

    def result(self, seconds: float, used: float) -> Result:
        """The result of a slice.

        Args:
            used: seconds of processor time that the client took.
        """
        latencies = sorted(self.latencies) or [float("nan")]
        return Result(
            messages=self.messages,
            seconds=seconds,
            errors=self.errors,
            reordered=self.reordered,
            first_error=self.first_error,
            median_ms=1000 * latencies[len(latencies) // 2],
            p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
            processor=used / seconds,
        )


def _command(load: Load) -> List[str]:
    return [sys.executable, GENERATOR, json.dumps(dataclasses.asdict(load))]


def run(load: Load) -> Result:
    """Put the load on the server from a fresh process.

    Raises:
        LoadFailed: no connection, or the process ended without an answer.
    """
    limit = load.seconds + load.warmup + 6 * load.patience
    try:
        process = subprocess.run(_command(load), capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise LoadFailed("The load generator did not end within %d seconds." % limit) from None
    if process.returncode:
        raise LoadFailed(process.stderr.decode(errors="replace").strip())
    return Result(**json.loads(process.stdout.decode()))


@contextlib.contextmanager
def held(load: Load) -> Iterator[None]:
    """Keep a load that only holds sockets open on the server.

    Raises:
        LoadFailed: as :func:`run`.
    """
    process = subprocess.Popen(
        _command(load), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        if process.stdout.readline() != b"open\n":
            raise LoadFailed(process.communicate()[1].decode(errors="replace").strip())
        yield
    finally:
        try:
            process.communicate(timeout=3 * load.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
