"""What a stack is (a Python with its channels) and how its servers are started for a project."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from .servers import Process, Redis, ServerDied, answers_http, free_port, wait_until

HERE = Path(__file__).parent
# A copy of them that somebody has rewritten, for tests/rewriter.
PROJECTS = Path(os.environ.get("CONFORMANCE_PROJECTS", HERE / "projects"))
# The names of the projects whose scenarios are played, where it is not all.
ONLY = frozenset(os.environ.get("CONFORMANCE_ONLY", "").split())
REPOSITORY = HERE.parent.parent
OLD = "old"
LAYERS = ("memory", "redis")
SERVERS = ("runserver", "daphne", "uvicorn", "hypercorn")

# The old stand-alone daphne took its subprotocols from the command line only; later ones have no such option,
# there the setting (which the same project has for runserver) decides.
OLD_DAPHNE_OPTIONS = {"subprotocols": ["--ws-protocol", "foo", "bar"]}
WORKERS_ON_OLD = 2
# Their consumers answer before their session is saved, as all did: a second worker may take the next frame before that.
ONE_WORKER = ("bindings", "classes", "presence", "streams", "typical")
# Their settings are account_settings.
WITH_DATABASE = ("sessions", "bindings", "streams", "presence", "television", "otreechat", "otree_tools")


@cache
def has(python: str, module: str) -> bool:
    """Whether it is installed there."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with tempfile.TemporaryDirectory() as elsewhere:
        probe = subprocess.run(
            [python, "-c", f"import {module}"], cwd=elsewhere, env=env, capture_output=True, check=False,
        )
    return probe.returncode == 0


@dataclass(frozen=True)
class Stack:
    name: str
    python: str

    @property
    def is_old(self) -> bool:
        return self.name == OLD

    @cached_property
    def has_compat(self) -> bool:
        """Whether compat is installed there; if not, the harness lends the repository through PYTHONPATH."""
        return has(self.python, "compat")

    def environment(self) -> dict[str, str]:
        """Variables common to all processes of the stack: nothing of the driver's own Python leaks in."""
        env = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("PYTHON", "COV_", "COVERAGE", "PYTEST_", "DJANGO_", "CONFORMANCE_"))
        }
        paths = [str(PROJECTS / "lib")]
        if not self.is_old:
            env["CONFORMANCE_SHIM"] = "1"
        # Rewritten projects import compat.v0 on the old stack too.
        if (not self.is_old or "CONFORMANCE_PROJECTS" in os.environ) and not self.has_compat:
            paths.append(str(REPOSITORY))
        env["PYTHONPATH"] = os.pathsep.join(paths)
        env["PYTHONUNBUFFERED"] = "1"
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        env["DJANGO_SETTINGS_MODULE"] = "proj.settings"
        if "CONFORMANCE_COVERAGE" in os.environ:
            env["COVERAGE_PROCESS_START"] = os.environ["CONFORMANCE_COVERAGE"]
        return env

    def command(self, server: str, project: str, port: int) -> list[str]:
        """The command line of a web server, as the users of that server know it."""
        if server == "runserver":
            threads = ["--nothreading"] if self.is_old and project in ONE_WORKER else []
            return [self.python, "manage.py", "runserver", "--noreload", *threads, f"127.0.0.1:{port}"]
        target = "proj.asgi:channel_layer"
        if self.is_old:
            if server != "daphne":
                raise ValueError(f"the old stack does not run under {server}")
            # that daphne has no __main__; --ws-protocol takes all that follows
            start = "from daphne.cli import CommandLineInterface; CommandLineInterface.entrypoint()"
            return [self.python, "-c", start, "-p", str(port), target, *OLD_DAPHNE_OPTIONS.get(project, [])]
        arguments = {
            "daphne": ["-p", str(port), target],
            "uvicorn": ["--port", str(port), target],
            "hypercorn": ["--bind", f"127.0.0.1:{port}", target],
        }[server]
        # the console script is what users type; daphne before 4 has nothing that `python -m` could run
        script = Path(self.python).parent / server
        program = [str(script)] if script.exists() else ["-m", server]
        if self.has_compat:
            return [self.python, *program, *arguments]
        # proj/asgi.py imports channels.asgi before Django is set up; an installed compat has a start-up
        # hook for that, a borrowed one must be started first
        return [self.python, "-m", "compat", "run", *program, *arguments]


def native_channels(project: Path) -> list[str]:
    """The custom channels of a rewritten project that its ASGI application has native consumers for."""
    file = project / "proj" / "asgi.py"
    _, _, router = (file.read_text("utf-8") if file.exists() else "").partition("ChannelNameRouter({")
    return re.findall(r'^ +"([\w.-]+)": \w+', router, re.M)


def default_server(layer: str) -> str:
    """As on the old stack: runserver with the in-memory layer, daphne with Redis."""
    return "runserver" if layer == "memory" else "daphne"


class Running:
    """The servers of one project on one stack with one layer."""

    numbers = itertools.count(1)

    def __init__(
        self, stack: Stack, layer: str, project: str, server: str, redis: Redis | None, folder: Path, workers: int,
    ) -> None:
        self.stack, self.layer, self.project, self.server = stack, layer, project, server
        self.port = free_port()
        number = next(self.numbers)
        self.folder = folder / f"{number:02}-{stack.name}-{layer}-{project}-{server}"
        self.gates = self.folder / "gates"
        self.gates.mkdir(parents=True)
        self.observed = self.folder / "observed.jsonl"
        self.observed.touch()
        self.env = stack.environment()
        self.env.update(
            CONFORMANCE_LAYER=layer,
            CONFORMANCE_OBSERVED=str(self.observed),
            CONFORMANCE_GATES=str(self.gates),
            CONFORMANCE_FOLDER=str(self.folder),
        )
        if layer == "redis":
            assert redis is not None
            # what one project leaves behind must not reach another: a database and a prefix of its own
            self.env.update(
                CONFORMANCE_REDIS=redis.url(number % 16), CONFORMANCE_PREFIX=f"conformance{number}:",
            )
        # On the old stack nothing is consumed in the web process; the shim does that if the project asks for it.
        self.workers = (WORKERS_ON_OLD if stack.is_old else workers) if layer == "redis" else 0
        if project in ONE_WORKER:
            self.workers = min(self.workers, 1)
        if self.workers and not stack.is_old:
            self.env["CONFORMANCE_WORKER_CHANNELS"] = "*"
        self.processes: list[Process] = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        if self.project in WITH_DATABASE:
            self._make_tables()
        self._spawn("web", self.stack.command(self.server, self.project, self.port))
        for number in range(self.workers):
            self._spawn(f"worker{number + 1}", [self.stack.python, "manage.py", "runworker"])
        workers = self.processes[1:]
        # What they are sent before they listen waits for them.
        native = native_channels(PROJECTS / self.project) if self.layer == "redis" and not self.stack.is_old else []
        if native:
            self._spawn("native worker", [self.stack.python, "manage.py", "runworker", *native])
        for worker in workers:
            wait_until(worker.name, lambda w=worker: "Listening on" in w.tail(1000), self.processes)
        wait_until(
            f"{self.server} of {self.stack.name}", lambda: answers_http(self.port, "/ready/"), self.processes,
        )

    def _make_tables(self) -> None:
        command = [self.stack.python, "manage.py", "migrate", "--run-syncdb", "--verbosity", "0"]
        made = subprocess.run(
            command, cwd=PROJECTS / self.project, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False,
        )
        if made.returncode:
            raise ServerDied(f"{' '.join(command)} ended with {made.returncode}\n{made.stdout.decode()}")

    def _spawn(self, name: str, command: list[str]) -> None:
        log = self.folder / f"{name}.log"
        self.processes.append(Process(name, command, PROJECTS / self.project, self.env, log))

    async def shell(self, code: str) -> asyncio.subprocess.Process:
        """Another process of the project, beside the servers."""
        return await asyncio.create_subprocess_exec(
            self.stack.python, "manage.py", "shell", "-c", code,
            cwd=PROJECTS / self.project, env=self.env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    def check(self) -> None:
        for process in self.processes:
            process.check()

    def logs(self) -> str:
        return "\n".join(process.tail() for process in self.processes)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()


class Pool:
    """Starts servers when first asked for and reuses them; other stacks' are ended when a new one begins.

    Tests come sorted by stack and layer, so few are alive at once: a memory limit, not a correctness matter.
    """

    def __init__(self, folder: Path, redis_binary: str | None, workers: int = 0) -> None:
        self.folder = folder
        self.workers = workers
        self.redis_binary = redis_binary
        self._redis: Redis | None = None
        self._running: dict[tuple[str, str, str, str], Running] = {}
        self._failed: dict[tuple[str, str, str, str], ServerDied] = {}

    def get(self, stack: Stack, layer: str, project: str, server: str | None = None) -> Running:
        server = server if server and not stack.is_old else default_server(layer)
        key = (stack.name, layer, project, server)
        for other in [other for other in self._running if other[:2] != key[:2]]:
            self._running.pop(other).stop()
        if key in self._failed:
            raise self._failed[key]
        if key not in self._running:
            try:
                self._running[key] = Running(
                    stack, layer, project, server, self.redis(layer), self.folder, self.workers
                )
            except ServerDied as error:
                # it would not start for the next scenario either: say so at once
                self._failed[key] = error
                raise
        running = self._running[key]
        running.check()
        return running

    def discard(self, running: Running) -> None:
        """End servers that a scenario found broken; the next one gets new ones."""
        for key, value in list(self._running.items()):
            if value is running:
                del self._running[key]
        running.stop()

    def redis(self, layer: str) -> Redis | None:
        if layer != "redis":
            return None
        if self._redis is None:
            assert self.redis_binary is not None
            self._redis = Redis(self.redis_binary, self.folder / "redis")
        return self._redis

    def stop(self) -> None:
        for running in self._running.values():
            running.stop()
        self._running.clear()
        if self._redis is not None:
            self._redis.stop()
