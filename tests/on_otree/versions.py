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

from conformance.servers import Process, answers_http, free_port, wait_until

MARKET = Path(__file__).resolve().parents[2] / "examples" / "otree_market"
JUDGE = "2.2.4"
# Seconds; only a failing run waits that long.
PATIENCE = 180


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
    address: str
    process: Process


class Project:
    """A copy of the example; on all versions but the judge with one word more in its settings, or rewritten.

    Args:
        clone: where the rewriter is, which then changes the copy instead.
        to: how far it goes.
    """

    def __init__(self, otree: Otree, folder: Path, clone: Path | None = None, to: str = "shim") -> None:
        self.otree = otree
        self.folder = folder / "otree_market"
        shutil.copytree(MARKET, self.folder, ignore=shutil.ignore_patterns("play.py", "*.sqlite3", "__*__", "*.md"))
        if clone is not None:
            self.rewrite(clone, to)
        elif otree.with_compat:
            settings = self.folder / "settings.py"
            before = settings.read_text("utf-8")
            after = before.replace('INSTALLED_APPS = ["otree"]', 'INSTALLED_APPS = ["otree", "compat"]')
            assert after != before
            settings.write_text(after, "utf-8")

    def rewrite(self, clone: Path, to: str) -> None:
        """By this Python, which has LibCST; oTree's has not."""
        command = [sys.executable, "-m", "compat", "rewrite", ".", "--to", to, "--write", "--allow-dirty"]
        environment = {**os.environ, "PYTHONPATH": str(clone), "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert ended.returncode in (1, 2), ended.stdout + ended.stderr
        assert "channels import" not in (self.folder / "market" / "consumers.py").read_text("utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [str(self.otree.python.parent / "otree"), *arguments]

    def run(self, *arguments: str) -> str:
        """Run an otree command to its end; returns what it printed."""
        ended = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.otree.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert ended.returncode == 0, f"otree {' '.join(arguments)}: exit code {ended.returncode}\n{ended.stdout}"
        return ended.stdout

    @contextlib.contextmanager
    def serve(self, server: str, **variables: str) -> Iterator[Server]:
        """`otree SERVER` at work, on a new database."""
        if server != "devserver":
            # devserver makes its database itself, and on oTree 2 wants none that resetdb has made.
            self.run("resetdb", "--noinput")
        port = free_port()
        environment = {**self.otree.environment(), **variables}
        process = Process(server, self.command(server, str(port)), self.folder, environment, self.folder / "server.log")
        try:
            wait_until(f"otree {server}", lambda: answers_http(port, "/demo/"), [process])
            yield Server(f"http://127.0.0.1:{port}", process)
        finally:
            process.stop()

    def play(self, server: str, **variables: str) -> None:
        """Let the scripted traders of the example play on `otree SERVER`."""
        with self.serve(server, **variables) as serving:
            played = subprocess.run(
                [sys.executable, str(MARKET / "play.py"), serving.address], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
            )  # fmt: skip
            assert played.returncode == 0, f"{played.stdout}\n{serving.process.tail(80)}"
