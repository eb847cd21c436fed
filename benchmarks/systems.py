"""The systems that the benchmarks compare, each in a server process of its own."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Dict, List, Optional

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"


@dataclasses.dataclass(frozen=True)
class System:
    """One column of the comparison.

    Args:
        name: as in the table and in --require.
        title: what it is, in a few words.
        application: the ASGI application; None means `manage.py runserver` of the legacy project.
        settings: its Django settings.
        path: where it echoes.
        ordered: whether it keeps the order of one socket's frames.
    """

    name: str
    title: str
    application: Optional[str]
    settings: str
    path: str
    ordered: bool = True


LEGACY, NATIVE = "bench.legacy_settings", "bench.native_settings"
NATIVE_APPLICATION = "bench.native_asgi:application"

SHIM = System("shim", "legacy consumer, compat", "bench.shim_asgi:channel_layer", LEGACY, "/echo")
SYNC = System("sync", "native WebsocketConsumer", NATIVE_APPLICATION, NATIVE, "/sync/echo")
ASYNC = System("async", "native AsyncWebsocketConsumer", NATIVE_APPLICATION, NATIVE, "/async/echo")
RAW = System("raw", "raw ASGI application", "bench.raw_asgi:application", NATIVE, "/echo")
OLD = System("old", "real channels 0.17.3", None, LEGACY, "/echo", ordered=False)

SERVERS = ("uvicorn", "daphne", "hypercorn")
DAPHNE = "from daphne.cli import CommandLineInterface; CommandLineInterface.entrypoint()"


def server_command(server: str, application: str, port: int) -> List[str]:
    """The line that serves an application with one process and no access log."""
    if server == "uvicorn":
        options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    elif server == "daphne":
        options = ["-b", "127.0.0.1", "-p", str(port), "-v", "0"]
    elif server == "hypercorn":
        options = ["--bind", "127.0.0.1:%d" % port, "--workers", "0", "--log-level", "WARNING"]
    else:
        raise ValueError("Unknown server %r." % server)
    # daphne 2 cannot be started with -m.
    start = ["-c", DAPHNE] if server == "daphne" else ["-m", server]
    return [sys.executable, *start, *options, application]


class StartFailed(Exception):
    """A server did not come up; the text has what it said."""


class Running:
    """A system that is being served; a context manager."""

    def __init__(self, system: System, server: str, layer: str, old_python: Optional[str] = None) -> None:
        self.system = system
        self.port = _free_port()
        if system.application is None:
            assert old_python is not None
            command = [old_python, "manage.py", "runserver", "--noreload", "127.0.0.1:%d" % self.port]
        else:
            command = server_command(server, system.application, self.port)
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed on exit)
        self._process = subprocess.Popen(
            command,
            cwd=str(PROJECT),
            env=_environment(system, layer),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Running:
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            try:
                # Waiting for the process to end is the pause between two attempts.
                self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            self.stop()
            raise StartFailed("%s did not start:\n%s" % (self.system.name, self.output()))

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._output.close()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def output(self) -> str:
        """What the server has written so far."""
        self._output.flush()
        with open(self._output.fileno(), "rb", closefd=False) as copy:
            copy.seek(0)
            return copy.read().decode(errors="replace")

    def processor_seconds(self) -> Optional[float]:
        """Processor time that the server has used so far; None where /proc does not tell."""
        try:
            fields = Path("/proc/%d/stat" % self._process.pid).read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_seconds() -> Optional[float]:
    """Processor time that everything on this machine has used so far; None where /proc does not tell."""
    try:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return None
    idle = fields[3] + fields[4]  # idle, and waiting for a disk
    return float(sum(fields) - idle) / os.sysconf("SC_CLK_TCK")


def _environment(system: System, layer: str) -> Dict[str, str]:
    environment = dict(os.environ, DJANGO_SETTINGS_MODULE=system.settings, PYTHONUNBUFFERED="1")
    environment["BENCH_LAYER"] = "" if layer == "memory" else layer
    # A clone works without an installation.
    paths = [str(PROJECT), str(HERE.parent), environment.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
