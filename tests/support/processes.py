"""Programs that run in a process of their own, because what they do to it could not be undone."""

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

import compat

DEADLINE = 120


class Ended:
    """How a program ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def checked(self) -> "Ended":
        """Itself, if the program ended well."""
        assert self.status == 0, "exit status %d\n%s\n%s" % (self.status, self.out, self.err)
        return self

    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.checked().out)


class Project:
    """A folder with files, and programs that run in it.

    Args:
        folder: made if it is not there.
        files: path -> text, which may be indented.
        startup: whether an installed start-up hook of ours may act.
    """

    def __init__(self, folder: Path, files: Mapping[str, str], startup: bool = False) -> None:
        self.folder = folder
        self.startup = startup
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def environment(self, changes: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
        environment = dict(os.environ, PYTHONIOENCODING="utf-8", PYTHONDONTWRITEBYTECODE="1")
        for name in ("DJANGO_SETTINGS_MODULE", "COMPAT_STARTUP", "COMPAT_WARN"):
            environment.pop(name, None)
        if not self.startup:
            environment["COMPAT_STARTUP"] = "0"
        # Where compat is not installed, it is found beside the tests, wherever the program runs.
        home = os.path.dirname(os.path.dirname(os.path.abspath(compat.__file__)))
        if home != sysconfig.get_paths()["purelib"]:
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        environment.update(changes or {})
        return environment

    def run(self, *arguments: str, environment: Optional[Mapping[str, str]] = None) -> Ended:
        """Run this Python with ``arguments``."""
        ended = subprocess.run(  # noqa: UP022 (Python 3.6)
            [sys.executable, *arguments],
            cwd=str(self.folder),
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=DEADLINE,
        )
        return Ended(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))

    def execute(self, code: str, arguments: Sequence[str] = (), **changes: str) -> Ended:
        """Run ``code``, which may be indented; ``changes`` are to the environment."""
        return self.run("-c", textwrap.dedent(code), *arguments, environment=changes)
