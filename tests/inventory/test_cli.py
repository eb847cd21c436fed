"""``python -m compat inventory`` as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import compat
from compat.inventory import cli

from . import hostile
from .projects import FINISHED, OLD, STAGES, write

HOME = str(Path(compat.__file__).parents[1])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The repository around the tests must not be taken for the user's.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        (FINISHED, ["."], 0),
        ({}, ["."], 0),
        ({"requirements.txt": "channels==0.17.3\n"}, ["."], 1),
        (OLD, ["."], 2),
        (OLD, ["chat"], 2),
        (OLD, [".", "--exclude", "chat,site,Procfile,requirements.txt"], 0),
        ({"a.py": "from channels import Group\nprint 1\n"}, ["."], 2),
        ({"a.py": "from channels import delay\n"}, ["."], 2),
        ({}, [], 3),
        ({}, ["missing"], 3),
        ({}, [".", "--target", "5"], 3),
        ({}, [".", "--html", "no/such/folder/page.html"], 3),
        ({"pyproject.toml": '[tool.compat]\ntarget = "x"\n'}, ["."], 3),
        ({**OLD, "pyproject.toml": '[tool.compat]\nexclude = ["chat", "site", "Procfile", "*.txt"]\n'}, ["."], 0),
    ],
)
def test_exit_code(here: Path, files: dict[str, Any], arguments: list[str], code: int) -> None:
    write(here, files)
    assert run(*arguments) == code


def test_json_has_what_a_program_needs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, OLD)
    assert run(".", "--json") == 2
    out = capsys.readouterr().out
    document = json.loads(out)
    assert (document["format"], document["version"], document["path"]) == (1, compat.__version__, ".")
    assert document["stage"]["number"] == 0
    counts = document["counts"]
    places = [place for area in document["areas"] for place in area["places"]]
    assert counts["old"] == len(places) == counts["converted"] + counts["stays"] + counts["blocks"]
    assert [area["converted"] for area in document["areas"]] == [
        sum(place["fate"] == "converted" for place in area["places"]) for area in document["areas"]
    ]
    (group,) = (each for each in places if each["path"] == "chat/consumers.py" and each["line"] == 1)
    assert group == {
        "path": "chat/consumers.py", "line": 1, "column": 1, "text": "from channels import Group",
        "old": "channels.Group", "kind": "name", "way": "old", "shim": "compat.v0.Group",
        "native": "async_to_sync(channel_layer.group_add / group_discard / group_send)", "fate": "converted",
        "why": "", "page": "groups.md", "rule": "SH101",
    }  # fmt: skip
    assert [note["path"] for note in document["left"]] == ["Procfile", "Procfile", "chat/consumers.py"]
    assert document["next"][1]["command"] == "python -m compat rewrite . --to shim --diff"
    run(".", "--json")
    assert capsys.readouterr().out == out


def test_the_terminal_tells_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, {**OLD, "two.py": "import channels\nprint 1\n"})
    run(".")
    told = capsys.readouterr().out
    run(".", "--json")
    document = json.loads(capsys.readouterr().out)
    for area in document["areas"]:
        (line,) = (line for line in told.splitlines() if line.startswith(area["title"] + " "))
        assert line.split()[-4:-1] == [str(len(area["places"])), str(area["converted"]), str(area["stays"])]
    for note in document["left"]:
        assert f"{note['path']}:{note['line']}:{note['column']} {note['code']} {note['text']} ({note['page']})" in told
    assert "two.py:2:" in told
    for step in document["next"]:
        assert step["about"] in told
        assert step["command"] in told


def test_nothing_to_tell(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, FINISHED)
    assert run(".") == 0
    assert "Nothing of the old API is used." in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="such files cannot be there")
def test_names_of_files_do_not_reach_the_terminal_as_they_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, hostile.FILES)
    (here / os.fsdecode(b"\xff.py")).write_text("from channels import delay\n")
    assert run(".", "--html", "page.html") == 2
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert r"\udcff.py:1:1" in told
    assert (here / "page.html").read_bytes().decode("utf-8")


def test_neither_django_nor_channels_is_imported(here: Path) -> None:
    write(here, STAGES[2])
    code = (
        "import sys; from compat.__main__ import main\n"
        "before = set(sys.modules)\n"
        "try: main(['inventory', '.', '--html', 'page.html'])\n"
        "except SystemExit as end: assert end.code == 2, end.code\n"
        "new = set(sys.modules) - before\n"
        "assert 'compat.inventory.page' in new\n"
        "found = {name.split('.')[0] for name in new} & {'django', 'channels', 'asgiref'}\n"
        "assert not found, found\n"
        "assert not [name for name in new if name.startswith(('compat.v', 'compat.dropin'))]\n"
    )
    environment = {**os.environ, "PYTHONPATH": HOME, "COMPAT_STARTUP": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=here, text=True)
    assert done.returncode == 0, done.stderr


def test_without_libcst_it_says_what_to_install(here: Path) -> None:
    code = "import sys; sys.modules['libcst'] = None\nfrom compat.inventory.cli import main\nsys.exit(main(['.']))\n"
    environment = {**os.environ, "PYTHONPATH": HOME}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=here, text=True)
    assert done.returncode == 3
    assert "channels-compat[rewrite]" in done.stderr
