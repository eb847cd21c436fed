"""Makes projects of examples, and serves them."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.servers import Process, Redis, ServerDied, answers_http, free_port, wait_until
from conformance.stacks import REPOSITORY, Stack

from .pages import Example

SKELETON = Path(__file__).parent / "skeleton"

# The labels of tabs, and what is run of each.
LEGACY = "channels 0.17"  # unchanged, on the old stack and on the shim
ON_COMPAT = "compat.v0"  # with the imports of the shim, on both too
ON_SHIM = "on the shim"  # what is edited for the shim; the rest is that of channels 0.17
MIXED = "half way"  # legacy and native consumers, on the shim
NATIVE = "channels 4"  # without the shim; on channels 2 and 3 as well
NATIVE_OF = {version: f"channels {version}" for version in (2, 3, 4)}
LABELS = {LEGACY, ON_COMPAT, ON_SHIM, MIXED, *NATIVE_OF.values()}
SIDES = {"": "legacy", LEGACY: "legacy", ON_COMPAT: "legacy", ON_SHIM: "legacy", MIXED: "mixed", NATIVE: "native"}


@cache
def version_of_channels(python: str) -> int:
    command = [python, "-c", "import channels; print(channels.__version__)"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(".")[0])


@dataclass(frozen=True)
class Case:
    """One side of an example on one stack."""

    example: Example
    label: str
    stack: Stack

    @property
    def id(self) -> str:
        return "-".join(part.replace(" ", "") for part in (self.example.name, self.label, self.stack.name) if part)

    @property
    def side(self) -> str:
        return SIDES[self.label]

    def is_possible(self) -> bool:
        if self.label in (NATIVE_OF[2], NATIVE_OF[3]):
            return False  # variants of NATIVE, which is run on them
        if self.stack.is_old:
            return self.side == "legacy" and self.label != ON_SHIM and "new stack" not in self.example.options
        versions = self.example.option("channels").split()
        limited = self.side != "legacy" and bool(versions)
        return not limited or str(version_of_channels(self.stack.python)) in versions


def cases(examples: list[Example], stacks: list[Stack]) -> list[Case]:
    every = [Case(example, label, stack) for stack in stacks for example in examples for label in example.labels]
    return [case for case in every if case.is_possible()]


class Project:
    """The folder of a case, and its processes.

    Args:
        redis: the server for examples with the option ``redis``.
    """

    numbers = itertools.count(1)

    def __init__(self, case: Case, folder: Path, redis: Redis | None) -> None:
        self.case = case
        self.number = next(self.numbers)
        self.folder = folder
        self.port = free_port()
        self.events = folder / "events"
        self.events.touch()
        self.processes: list[Process] = []
        self.write()
        self.env = self.environment(redis)

    def write(self) -> None:
        case = self.case
        version = 0 if case.stack.is_old else version_of_channels(case.stack.python)
        kinds = ["project", case.side]
        if case.side == "native" and version == 2:
            kinds.append("native2")
        self.code = self.folder / "code"
        for kind in kinds:
            shutil.copytree(SKELETON / kind, self.code, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.pyc"))
        labels = [case.label]
        if case.side == "native" and version in (2, 3):
            labels.append(NATIVE_OF[version])
        elif case.label == ON_SHIM:
            labels.insert(0, LEGACY)
        files = case.example.files(*labels)
        settings = files.pop("mysite/settings.py", "")
        # INSTALLED_APPS that an example shows are complete; but of channels 0.17 they are what users had.
        is_complete = "INSTALLED_APPS" in settings
        if case.side == "native":
            self.added_app = "daphne" if version >= 4 and not is_complete else ""
        else:
            is_edited = case.stack.is_old or (is_complete and case.label != LEGACY)
            self.added_app = "" if is_edited else "compat"
        files["mysite/settings.py"] = (
            f"from guide_settings import *\n{settings}\nfrom guide_settings import completed\n"
            "INSTALLED_APPS = completed(INSTALLED_APPS)\n"
        )
        for name, text in files.items():
            path = self.code / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # What the guide says of channels 2.
            path.write_text(text.replace(".as_asgi()", "") if version == 2 else text, "utf-8")

    def environment(self, redis: Redis | None) -> dict[str, str]:
        case = self.case
        env = case.stack.environment()
        paths = [str(SKELETON)]
        if not case.stack.has_compat and case.side != "native" and not (case.stack.is_old and case.label != ON_COMPAT):
            paths.append(str(REPOSITORY))
        env.update(
            PYTHONPATH=os.pathsep.join(paths),
            DJANGO_SETTINGS_MODULE="mysite.settings",
            GUIDE_SIDE=case.side,
            GUIDE_FOLDER=str(self.folder),
            GUIDE_EVENTS=str(self.events),
            GUIDE_ADDED_APP=self.added_app,
            PORT=str(self.port),
            PATH=os.pathsep.join([str(self.programs()), str(Path(case.stack.python).parent), env.get("PATH", "")]),
        )
        if "redis" in case.example.options:
            assert redis is not None
            env["GUIDE_REDIS"] = env["REDIS_URL"] = redis.url(self.number % 16)
        return env

    def programs(self) -> Path:
        """A compat that is borrowed has no start-up file, which the asgi.py of old needs: its programs are wrapped."""
        folder = self.folder / "bin"
        folder.mkdir()
        stack = self.case.stack
        if self.case.side != "native" and not stack.is_old and not stack.has_compat:
            for name in ("daphne", "uvicorn"):
                real = Path(stack.python).parent / name
                (folder / name).write_text(f'#!/bin/sh\nexec "{stack.python}" -m compat run "{real}" "$@"\n')
                (folder / name).chmod(0o755)
        return folder

    def run(self, command: str) -> str:
        """Run a command line in the project to its end; what it prints. ``NAME=VALUE`` may come before it.

        Raises:
            ServerDied: it ends with another status than 0.
        """
        program, variables = command, {}
        while "=" in program.split()[0]:
            variable, _, program = program.partition(" ")
            name, _, variables[name] = variable.partition("=")
        done = subprocess.run(
            self.words(program),
            cwd=self.code,
            env={**self.env, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise ServerDied(f"{command} ended with {done.returncode}\n{done.stdout}")
        return done.stdout

    def words(self, command: str) -> list[str]:
        first, *others = shlex.split(command.replace("$PORT", str(self.port)))
        found = self.case.stack.python if first == "python" else shutil.which(first, path=self.env["PATH"])
        assert found, f"no program {first}"
        return [found, *others]

    def serve(self) -> None:
        """Start what the example's Procfile names, or runserver, and wait until pages are answered."""
        if "database" in self.case.example.options:
            self.run("python manage.py migrate --run-syncdb --verbosity 0")
        procfile = self.code / "Procfile"
        if procfile.exists():
            commands = dict(line.split(": ", 1) for line in procfile.read_text().splitlines() if line)
        else:
            # A consumer's answer goes out before its session is saved: there, another thread may take the next frame
            # before that, which no transcript can foresee.
            threads = " --nothreading" if self.case.stack.is_old else ""
            commands = {"web": f"python manage.py runserver --noreload{threads} 127.0.0.1:{self.port}"}
        for name, command in commands.items():
            log = self.folder / f"{name}.log"
            self.processes.append(Process(name, self.words(command), self.code, self.env, log))
        wait_until("the server", lambda: answers_http(self.port, "/guide/ready/"), self.processes)

    def count(self, event: str) -> int:
        """For how many sockets a consumer has run that got such a message."""
        return len({line for line in self.events.read_text().splitlines() if line.startswith(f"{event} ")})

    def logs(self) -> str:
        return "\n".join(process.tail() for process in self.processes)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()


HERE = Stack("here", sys.executable)
