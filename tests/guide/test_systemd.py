"""The unit in deployment.md is one, and runs what the Procfile that is played there runs."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from .pages import EXAMPLES, blocks_for
from .projects import ON_SHIM

(UNIT,) = blocks_for(__file__)


def read() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.text)
    return parser


def test_it_runs_what_the_procfile_runs() -> None:
    (web,) = EXAMPLES["deploy"].files(ON_SHIM)["Procfile"].splitlines()
    expected = re.sub(r"--port \S+ --bind \S+", "--port 8000 --bind 127.0.0.1", web.partition(": ")[2])
    program, *arguments = shlex.split(read()["Service"]["ExecStart"])
    assert [Path(program).name, *arguments] == shlex.split(expected)


def test_systemd_takes_it(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze")
    program = shlex.split(read()["Service"]["ExecStart"])[0]
    unit = tmp_path / Path(UNIT.title).name
    # systemd looks whether the program is there, and knows no redis on a machine without one.
    unit.write_text(UNIT.text.replace(program, "/bin/true"), "utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert unit.name not in done.stderr
