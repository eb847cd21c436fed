"""An oTree version (a Python that has it), and our example project on it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from conformance.servers import Process, answers_http, free_port, wait_until

MARKET = Path(__file__).resolve().parents[2] / "examples" / "otree_market"
JUDGE = "2.2.4"
# Seconds; only a failing run waits that long.
PATIENCE = 180
LOCAL = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Otree:
    python: Path
    with_compat: bool

    def __str__(self) -> str:
        return f"{self.version}{'' if self.with_compat else '-alone'}"

    @cached_property
    def version(self) -> str:
        command = [self.python, "-I", "-c", "import otree; print(otree.__version__)"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    @property
    def has_channels(self) -> bool:
        return int(self.version.split(".")[0]) < 5

    @property
    def is_judge(self) -> bool:
        return self.version == JUDGE

    def environment(self) -> dict[str, str]:
        """Nothing of the driver's own Python, and no oTree settings of this machine, leak in."""
        foreign = ("PYTHON", "COV_", "COVERAGE", "PYTEST_", "DJANGO_", "OTREE_", "COMPAT_", "DATABASE_", "REDIS_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign) and name != "PORT"}
        # The production servers start `otree` and `daphne` again by their names.
        path = os.pathsep.join([str(self.python.parent), os.environ["PATH"]])
        return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Server:
    port: int
    processes: list[Process]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return "\n".join(process.tail(80) for process in self.processes)

    def get(self, path: str) -> str:
        """The page, which must be one."""
        with LOCAL.open(self.address + path, timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text


class Project:
    """A copy of a project: the example, on all versions but the judge with one word more in its settings, or rewritten.

    Args:
        settings: lines that its settings.py gets besides.
        clone: where the rewriter is, which then changes the copy instead.
        to: how far it goes.
    """

    def __init__(
        self,
        otree: Otree,
        folder: Path,
        source: Path = MARKET,
        settings: str = "",
        clone: Path | None = None,
        to: str = "shim",
    ) -> None:
        self.otree = otree
        self.folder = folder / source.name
        left = shutil.ignore_patterns("play.py", "run.py", "project.py", "test_*", "*.sqlite3", "__pycache__", "*.md")
        shutil.copytree(source, self.folder, ignore=left)
        shutil.copy(MARKET / "manage.py", self.folder)
        if clone is not None:
            self.rewrite(clone, to)
            return
        path = self.folder / "settings.py"
        text = path.read_text("utf-8")
        if otree.with_compat:
            text = text.replace('INSTALLED_APPS = ["otree"]', 'INSTALLED_APPS = ["otree", "compat"]')
            assert '"compat"' in text
        path.write_text(f"{text}\n{settings}\n", "utf-8")

    def rewrite(self, clone: Path, to: str) -> None:
        """By this Python, which has LibCST; oTree's has not."""
        command = [sys.executable, "-m", "compat", "rewrite", ".", "--to", to, "--write", "--allow-dirty"]
        environment = {**os.environ, "PYTHONPATH": str(clone), "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert ended.returncode in (1, 2), ended.stdout + ended.stderr
        assert "channels import" not in (self.folder / "market" / "consumers.py").read_text("utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [str(self.otree.python.parent / "otree"), *arguments]

    def run(self, *arguments: str, typed: str = "", **variables: str) -> str:
        """Run an otree command to its end; returns what it printed."""
        ended = subprocess.run(
            self.command(*arguments), cwd=self.folder, env={**self.otree.environment(), **variables}, input=typed,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert ended.returncode == 0, f"otree {' '.join(arguments)}: exit code {ended.returncode}\n{ended.stdout}"
        return ended.stdout

    @contextlib.contextmanager
    def serve(self, *lines: str, **variables: str) -> Iterator[Server]:
        """`otree devserver` or another server at work on a new database.

        Args:
            lines: commands, as in a Procfile; the first one's process listens to $PORT.
        """
        if lines[0] != "devserver":
            # devserver makes its database itself, and on oTree 2 wants none that resetdb has made.
            self.run("resetdb", "--noinput")
        port = free_port()
        environment = {**self.otree.environment(), **variables}
        processes: list[Process] = []
        try:
            for line in lines:
                name = line.split()[0]
                command = self.command(*line.split(), *[] if processes else [str(port)])
                processes.append(Process(name, command, self.folder, environment, self.folder / f"{name}.log"))
            wait_until(f"otree {lines[0]}", lambda: answers_http(port, "/demo/"), processes[:1])
            yield Server(port, processes)
        finally:
            for process in processes:
                # What these start are groups of their own, which end with them only if they have the time for it.
                process.stop(10 if process.name in ("runprodserver", "prodserver", "webandworkers") else 0.3)

    def play(self, *lines: str, **variables: str) -> Server:
        """Let the scripted traders of the example play on that server; returns it, as it was afterwards."""
        with self.serve(*lines, **variables) as server:
            played = subprocess.run(
                [sys.executable, str(MARKET / "play.py"), server.address], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
            )  # fmt: skip
            assert played.returncode == 0, f"{played.stdout}\n{server.said()}"
            return server
