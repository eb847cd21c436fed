"""Processes that a stack needs: started in groups of their own, watched, and always ended with their children."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

START_DEADLINE = 40.0


class ServerDied(Exception):
    """A server could not be started or ended by itself; says what it printed."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Process:
    """One child in its own process group, its output in a file."""

    running: set[Process] = set()

    def __init__(self, name: str, command: list[str], cwd: Path, env: dict[str, str], log: Path) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.ended_by_itself = False
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Process.running.add(self)

    def text(self) -> str:
        """All that it has printed."""
        return self.log.read_text("utf-8", "replace")

    def tail(self, lines: int = 40) -> str:
        text = self.text().splitlines()
        return "\n".join([f"--- {self.name}: {' '.join(self.command)}  ({self.log})", *text[-lines:]])

    def check(self) -> None:
        code = self.popen.poll()
        if code is not None:
            raise ServerDied(f"{self.name} ended with code {code}\n{self.tail()}")

    def stop(self, patience: float = 0.3) -> None:
        """Have it end, and kill what of its group has not ended in ``patience`` seconds."""
        Process.running.discard(self)
        self.ended_by_itself = self.popen.poll() is not None
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.popen.pid, number)
            except (ProcessLookupError, PermissionError):
                break
            try:
                self.popen.wait(patience if number == signal.SIGTERM else 10)
            except subprocess.TimeoutExpired:
                continue
        self.popen.wait(10)


@atexit.register
def _stop_all() -> None:
    for process in list(Process.running):
        process.stop()


def answers_http(port: int, path: str) -> bool:
    """Whether a GET of path is answered with 200 (one attempt)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
            sock.sendall(request.encode("ascii"))
            return b" 200 " in sock.recv(64)
    except OSError:
        return False


def accepts_tcp(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(what: str, ready, processes: list[Process], deadline: float = START_DEADLINE) -> None:
    """Poll ready() while the processes live."""
    end = time.monotonic() + deadline
    while not ready():
        for process in processes:
            process.check()
        if time.monotonic() > end:
            logs = "\n".join(process.tail() for process in processes)
            raise ServerDied(f"{what} not ready after {deadline:.0f} s\n{logs}")
        time.sleep(0.03)


class Redis:
    """A redis-server of our own: no persistence, its own port and folder."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", str(folder), "--databases", "16",
        ]
        self.process = Process("redis-server", command, folder, dict(os.environ), folder / "redis.log")
        wait_until("redis-server", lambda: accepts_tcp(self.port), [self.process])

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        self.process.stop()
