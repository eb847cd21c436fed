"""What the scripts beside the examples share: a server process, clients, a transcript to compare."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 20.0  # seconds; only a failing run waits that long
# websockets < 15 knows no proxies.
NO_PROXY: dict[str, Any] = {"proxy": None} if "proxy" in inspect.signature(connect).parameters else {}


class Failure(Exception):
    """The example did not do what it should; the text says what."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def server(
    project: Path, port: int, python: str = sys.executable, quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py runserver` of a project, answering on that port; ended on the way out, whatever happens.

    With `quiet`, what the server says is shown only if it ends by itself or the block fails.
    """
    environment = dict(os.environ)
    # A clone works without an installation.
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(REPOSITORY), environment.get("PYTHONPATH")])
    )
    environment["PYTHONUNBUFFERED"] = "1"
    command = [python, "manage.py", "runserver", "--noreload", "127.0.0.1:%d" % port]
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=str(project),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output if quiet else None,
                stderr=subprocess.STDOUT if quiet else None,
            )
        except OSError as error:
            raise Failure("Cannot run %s: %s." % (python, error.strerror)) from None
        try:
            _wait_until_it_listens(process, port)
            yield process
        except Exception:
            _stop(process)
            if quiet:
                output.seek(0)
                sys.stdout.write("---- the server said\n")
                sys.stdout.write(output.read().decode(errors="replace"))
                sys.stdout.write("----\n")
                sys.stdout.flush()
            raise
        finally:
            _stop(process)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_taken(port):
        # Waiting for the process to end is the pause between two attempts.
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise Failure("The server ended with exit code %s." % process.wait(timeout=0.05))
        if time.monotonic() > deadline:
            raise Failure("The server did not listen on port %d within %d seconds." % (port, PATIENCE))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Transcript:
    """Who sent what and who received what, printed as it happens and compared at the end."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, who: str, mark: str, what: str) -> None:
        line = ("%-12s %s %s" % (who, mark, what)).rstrip()
        self.lines.append(line)
        print(line, flush=True)

    def compare(self, expected: str) -> None:
        wanted = [line.rstrip() for line in expected.strip().splitlines()]
        if self.lines != wanted:
            diff = difflib.unified_diff(wanted, self.lines, "expected", "seen", lineterm="")
            raise Failure("The transcript differs:\n" + "\n".join(diff))


class Client:
    """One scripted socket; every step waits for what it says, so a transcript has one order only."""

    def __init__(self, transcript: Transcript, who: str, address: str) -> None:
        self.transcript = transcript
        self.who = who
        try:
            self.socket: ClientConnection = connect(address, open_timeout=PATIENCE, **NO_PROXY)
        except (OSError, EOFError, WebSocketException) as error:
            raise Failure("%s could not open %s: %s" % (who, address, error)) from None
        self._note("opens", address.split("/", 3)[3])

    def _note(self, mark: str, what: str) -> None:
        self.transcript.note(self.who, "%-8s" % mark, what)

    def send(self, content: Any) -> None:
        self._note("sends", json.dumps(content, sort_keys=True))
        self.socket.send(json.dumps(content))

    def receive(self) -> Any:
        try:
            frame = self.socket.recv(timeout=PATIENCE)
        except TimeoutError:
            raise Failure("%s received nothing for %d seconds." % (self.who, PATIENCE)) from None
        except ConnectionClosed as error:
            raise Failure("The server closed the socket of %s: %s" % (self.who, error)) from None
        content = json.loads(frame)
        self._note("receives", json.dumps(content, sort_keys=True))
        return content

    def leave(self) -> None:
        self._note("leaves", "")
        self.socket.close()
