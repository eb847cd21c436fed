"""``python -m compat run``."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from support.processes import Project

import compat

SHOW = """
import json, sys, os
from channels.routing import route
import beside
print(json.dumps({
    "name": __name__, "arguments": sys.argv[1:], "program": os.path.basename(sys.argv[0]),
    "beside": beside.where, "route": route.__module__,
}))
"""
FILES = {"program.py": SHOW, "beside.py": "where = 'here'\n"}


def show(project: Project, *arguments: str, **environment: str) -> Any:
    return project.run("-m", "compat", "run", *arguments, environment=environment).json()


def test_a_file_is_run(tmp_path: Path) -> None:
    found = show(Project(tmp_path, FILES), "program.py", "a", "--b", "-m", "c")
    assert found == {
        "name": "__main__",
        "arguments": ["a", "--b", "-m", "c"],
        "program": "program.py",
        "beside": "here",
        "route": "compat.v0.routing",
    }


def test_a_file_elsewhere_finds_what_lies_beside_it(tmp_path: Path) -> None:
    files = {"folder/program.py": SHOW, "folder/beside.py": "where = 'there'\n", "beside.py": "where = 'wrong'\n"}
    assert show(Project(tmp_path, files), os.path.join("folder", "program.py"))["beside"] == "there"


def test_a_module_is_run(tmp_path: Path) -> None:
    found = show(Project(tmp_path, FILES), "-m", "program", "a")
    assert (found["name"], found["arguments"], found["program"]) == ("__main__", ["a"], "program.py")


def test_a_package_is_run(tmp_path: Path) -> None:
    files = {"package/__init__.py": "", "package/__main__.py": SHOW, "beside.py": "where = 'here'\n"}
    found = show(Project(tmp_path, files), "-m", "package", "a")
    assert (found["name"], found["arguments"], found["program"]) == ("__main__", ["a"], "__main__.py")


def command(tmp_path: Path, name: str) -> str:
    """A command as pip writes them; returns a PATH with it."""
    path = tmp_path / "bin" / name
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{SHOW}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return os.pathsep.join([str(path.parent), os.environ.get("PATH", "")])


@pytest.mark.skipif(os.name != "posix", reason="commands are programs of another kind there")
@pytest.mark.parametrize("disguise", [{}, {"old-command/readme.txt": "a folder of the same name"}], ids=["", "folder"])
def test_a_command_is_run_and_imports_from_the_current_folder(tmp_path: Path, disguise: Any) -> None:
    project = Project(tmp_path / "project", {"beside.py": "where = 'here'\n", **disguise})
    found = show(project, "old-command", "a", PATH=command(tmp_path, "old-command"))
    assert (found["name"], found["arguments"], found["program"]) == ("__main__", ["a"], "old-command")
    assert found["beside"] == "here"


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = Project(tmp_path, {}).run("-m", "compat", "run", "no-such-program", "a")
    assert ended.status == 1
    assert ended.err.strip() == "python -m compat run: there is no file and no command 'no-such-program'"


def test_the_status_is_the_program_s(tmp_path: Path) -> None:
    project = Project(tmp_path, {"program.py": "raise SystemExit(3)"})
    assert project.run("-m", "compat", "run", "program.py").status == 3


def test_the_reloader_starts_the_same_command(tmp_path: Path) -> None:
    code = "import json; from django.utils import autoreload; print(json.dumps(autoreload.get_child_arguments()[1:]))"
    project = Project(tmp_path, {"program.py": code})
    assert show(project, "program.py", "a", "b") == ["-m", "compat", "run", "program.py", "a", "b"]
    assert show(project, "-m", "program", "a") == ["-m", "compat", "run", "-m", "program", "a"]


@pytest.mark.parametrize("arguments", [[], ["run"], ["walk"]])
def test_wrong_usage_is_explained(tmp_path: Path, arguments: list[str]) -> None:
    ended = Project(tmp_path, {}).run("-m", "compat", *arguments)
    assert ended.status == 2
    assert "usage: python -m compat" in ended.err


def test_it_says_its_version(tmp_path: Path) -> None:
    assert Project(tmp_path, {}).run("-m", "compat", "--version").checked().out.strip() == compat.__version__


def test_help_has_examples(tmp_path: Path) -> None:
    assert "python -m compat run manage.py runserver" in Project(tmp_path, {}).run("-m", "compat", "run", "-h").out
