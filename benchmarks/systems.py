"""The systems that the benchmarks compare, each in server processes of its own."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Optional

from load import Load

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROJECT = HERE / "project"

PATIENCE = 30.0  # seconds; only a failing run waits that long
THREADS = 16  # of compat's pool, as it is by default
OLD_WORKERS = 2


@dataclasses.dataclass(frozen=True)
class System:
    """One row of the comparison.

    Args:
        name: for the command line and the figures.
        title: what it is, in a few words.
        application: the ASGI application; None for the real old stack.
        settings: its Django settings.
        prefix: of its paths.
        ordered: whether it keeps the order of one socket's frames.
        worker: whether it needs a `runworker` process.
    """

    name: str
    title: str
    application: Optional[str]
    settings: str
    prefix: str = ""
    ordered: bool = True
    worker: bool = False


LEGACY, NATIVE = "bench.legacy_settings", "bench.native_settings"
NATIVE_APPLICATION = "bench.native_asgi:application"

SHIM = System("shim", "legacy consumer, compat", "bench.shim_asgi:channel_layer", LEGACY)
SYNC = System("sync", "native WebsocketConsumer", NATIVE_APPLICATION, NATIVE, "/sync")
ASYNC = System("async", "native AsyncWebsocketConsumer", NATIVE_APPLICATION, NATIVE, "/async")
RAW = System("raw", "raw ASGI application", "bench.raw_asgi:application", NATIVE)
OLD = System("old", "real channels 0.17.3", None, LEGACY, ordered=False)
NATIVE_WORKER = System("worker", "native, with a runworker", NATIVE_APPLICATION, NATIVE, "/sync", worker=True)
DJANGO = System("django", "Django's own ASGI application", "bench.django_asgi:application", NATIVE)
WITHOUT = System("without", "without compat", None, NATIVE)

DATABASES = [system.name for system in (SHIM, SYNC, ASYNC, RAW, OLD, NATIVE_WORKER)]

SERVERS = ("uvicorn", "daphne", "hypercorn")
DAPHNE = "from daphne.cli import CommandLineInterface; CommandLineInterface.entrypoint()"


def server_command(server: str, application: str, port: int, python: str = sys.executable) -> List[str]:
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
    return [python, *start, *options, application]


@dataclasses.dataclass(frozen=True)
class Site:
    """Where systems run.

    Args:
        python: the interpreter whose channels is measured.
        old_python: one with channels 0.17.3, if there is one.
        redis: the address of a Redis server, if there is one.
        folder: for the database.
    """

    python: str
    old_python: Optional[str] = None
    redis: Optional[str] = None
    folder: str = tempfile.gettempdir()


class StartFailed(Exception):
    """A server did not come up; the text has what it said."""


class Running:
    """A system that is being served; a context manager.

    Args:
        layer: "memory" or "redis".
    """

    def __init__(self, system: System, site: Site, server: str = "uvicorn", layer: str = "memory") -> None:
        self.system = system
        self.site = site
        # A database each: they would consume each other's custom channels.
        self.layer = "%s/%d" % (site.redis, DATABASES.index(system.name)) if layer == "redis" else ""
        self.port = _free_port()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed on exit)
        self._processes: List[subprocess.Popen[Any]] = []
        self._commands = self._old_stack() if system.application is None else self._new_stack(server)

    def _new_stack(self, server: str) -> List[List[str]]:
        assert self.system.application is not None
        commands = [server_command(server, self.system.application, self.port, self.site.python)]
        if self.system.worker:
            commands.append([self.site.python, "manage.py", "runworker", "bench.work"])
        return commands

    def _old_stack(self) -> List[List[str]]:
        python = self.site.old_python
        assert python is not None
        if not self.layer:
            return [[python, "manage.py", "runserver", "--noreload", "127.0.0.1:%d" % self.port]]
        worker = [python, "manage.py", "runworker"]
        return [
            server_command("daphne", "bench.legacy_asgi:channel_layer", self.port, python),
            *([worker] * OLD_WORKERS),
        ]

    def load(self, work: str, **more: Any) -> Load:
        """A load on this system.

        Args:
            work: what its consumers do: echo, fan, block, custom; or a view.
            more: see :class:`Load`.
        """
        return Load(**{"port": self.port, "path": "%s/%s" % (self.system.prefix, work), **more})

    def __enter__(self) -> Running:
        for command in self._commands:
            self._processes.append(
                subprocess.Popen(
                    command,
                    cwd=str(PROJECT),
                    env=environment(self.system, self.layer, self.site.folder),
                    stdin=subprocess.DEVNULL,
                    stdout=self._output,
                    stderr=subprocess.STDOUT,
                )
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            try:
                # Waiting for the process to end is the pause between two attempts.
                self._processes[0].wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            self.stop()
            raise StartFailed("%s did not start:\n%s" % (self.system.name, self.output()))

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._output.close()

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def output(self) -> str:
        """What the processes have written so far."""
        self._output.flush()
        with open(self._output.fileno(), "rb", closefd=False) as copy:
            copy.seek(0)
            return copy.read().decode(errors="replace")

    def processor_seconds(self) -> Optional[float]:
        """Processor time that the processes have used so far; None where /proc does not tell."""
        return self._sum(processor_seconds)

    def memory(self) -> float:
        """Bytes that the processes hold.

        Raises:
            OSError: /proc does not tell.
        """
        found = self._sum(_resident_bytes)
        if found is None:
            raise OSError("The memory of a process is read from /proc, which is not here.")
        return found

    def _sum(self, read: Callable[[int], float]) -> Optional[float]:
        try:
            return sum(read(process.pid) for process in self._processes)
        except OSError:
            return None


def processor_seconds(pid: int) -> float:
    fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_bytes(pid: int) -> float:
    return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def machine_seconds() -> Optional[float]:
    """Processor time that everything on this machine has used so far; None where /proc does not tell."""
    try:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return None
    idle = fields[3] + fields[4]  # idle, and waiting for a disk
    return float(sum(fields) - idle) / os.sysconf("SC_CLK_TCK")


def environment(system: System, layer: str, folder: str = "") -> Dict[str, str]:
    """The variables of a system's processes.

    Args:
        layer: the address of Redis, or nothing for the layer in memory.
    """
    found = dict(os.environ, DJANGO_SETTINGS_MODULE=system.settings, PYTHONUNBUFFERED="1")
    found.update(BENCH_LAYER=layer, BENCH_FOLDER=folder)
    # A clone works without an installation.
    paths = [str(PROJECT), str(ROOT), found.get("PYTHONPATH")]
    found["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
