"""A project's own tests, written for channels 0.17, pass unchanged: with ``manage.py test`` on both stacks, and with
pytest-django on today's."""

import importlib.util
import os
import re
import shutil
from pathlib import Path

import pytest
from support.processes import Ended, Project

import compat

COUNT = 10


def run_project(tmp_path: Path, *arguments: str) -> Ended:
    folder = tmp_path / "project"
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "project")
    shutil.copytree(source, str(folder), ignore=shutil.ignore_patterns("__pycache__"))
    return Project(folder, {}).run(*arguments).checked()




def test_with_the_test_runner_of_django(tmp_path: Path) -> None:
    ended = run_project(tmp_path, "manage.py", "test")
    assert re.search(r"Ran %d tests in " % COUNT, ended.err), ended.err


@pytest.mark.skipif(compat.stack() == compat.OLD, reason="no pytest-django of that time works with this pytest")
def test_with_pytest_django(tmp_path: Path) -> None:
    assert importlib.util.find_spec("pytest_django") is not None, "this environment lacks pytest-django"
    ended = run_project(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert re.search(r"^%d passed\b" % COUNT, ended.out, re.M), ended.out
