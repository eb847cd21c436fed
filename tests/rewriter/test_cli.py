"""``python -m compat rewrite`` as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compat.rewriter import cli

REPOSITORY = Path(__file__).resolve().parents[2]
OLD, NEW = b"from channels import Group\n", b"from compat.v0 import Group\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The repository around the tests must not be taken for the user's.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def git(*arguments: str) -> None:
    settings = ("user.name=a", "user.email=a@b.c", "core.autocrlf=false", "commit.gpgsign=false")
    options = [word for setting in settings for word in ("-c", setting)]
    subprocess.run(["git", *options, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        ({"a.py": b"x = 1\n"}, [], 0),
        ({"a.py": NEW}, [], 0),
        ({"a.py": OLD}, [], 1),
        ({"a.py": OLD}, ["--check"], 1),
        ({"a.py": OLD}, ["--diff"], 1),
        ({"a.py": OLD}, ["--write"], 1),
        ({"a.py": OLD}, ["--skip", "imports"], 0),
        ({"a.py": OLD}, ["--only", "SH103"], 0),
        ({"a.py": OLD}, ["--only", "SH101,strings"], 1),
        ({"a.py": b"from channels import Group\nprint 1\n"}, [], 2),
        ({"a.py": b"from channels import delay\n"}, [], 2),
        ({"a.py": OLD}, ["--only", "nothing"], 3),
        ({"a.py": OLD}, ["--to", "nowhere"], 3),
        ({"a.py": OLD}, ["--write", "--diff"], 3),
        ({}, ["missing"], 3),
    ],
)
def test_exit_code(here: Path, files: dict[str, bytes], arguments: list[str], code: int) -> None:
    write(here, files)
    try:
        ended = cli.main([".", *arguments])
    except SystemExit as exit_:
        ended = exit_.code  # type: ignore[assignment]
    assert ended == code


def test_without_a_path_it_says_what_to_do(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 3
    assert "PATH" in capsys.readouterr().err


def test_nothing_is_written_but_with_write(here: Path) -> None:
    write(here, {"a.py": OLD})
    for arguments in ([], ["--check"], ["--diff"]):
        cli.main([".", *arguments])
        assert (here / "a.py").read_bytes() == OLD
    cli.main([".", "--write"])
    assert (here / "a.py").read_bytes() == NEW


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"from channels import Group\r\nx = 1\r\n", b"from compat.v0 import Group\r\nx = 1\r\n"),
        (b"\xef\xbb\xbffrom channels import Group\n", b"\xef\xbb\xbffrom compat.v0 import Group\n"),
        (b"# -*- coding: latin-1 -*-\nfrom channels import Group  # \xe9\n",
         b"# -*- coding: latin-1 -*-\nfrom compat.v0 import Group  # \xe9\n"),
        (b"from channels import Group", b"from compat.v0 import Group"),
        (b"if x:\n\tfrom channels import Group\n\n\n", b"if x:\n\tfrom compat.v0 import Group\n\n\n"),
        (b"from channels.routing import URLRouter, route\r\n",
         b"from channels.routing import URLRouter\r\nfrom compat.v0.routing import route\r\n"),
        ("from channels import Group  # é 日本\n".encode(), "from compat.v0 import Group  # é 日本\n".encode()),
        (b"x = 1\r\nfrom channels import Group\ny = 2\r\n", b"x = 1\r\nfrom compat.v0 import Group\ny = 2\r\n"),
    ],
    ids=["crlf", "bom", "latin-1", "no-newline-at-end", "tabs", "crlf-new-line", "utf-8", "mixed-newlines"],
)  # fmt: skip
def test_bytes_that_are_not_changed_stay(here: Path, before: bytes, after: bytes) -> None:
    write(here, {"a.py": before})
    assert cli.main([".", "--write"]) == 1
    assert (here / "a.py").read_bytes() == after
    assert cli.main([".", "--write", "--allow-dirty"]) == 0


def test_a_file_that_libcst_cannot_give_back_is_left(here: Path) -> None:
    write(here, {"a.py": b"\x0cfrom channels import Group\n"})
    assert cli.main([".", "--write"]) == 2
    assert (here / "a.py").read_bytes() == b"\x0cfrom channels import Group\n"


def test_files_that_do_not_parse_are_named_and_the_rest_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nonsense = b"# coding: nonsense\nimport channels\n"
    write(here, {"a.py": b"import channels\nprint 'two'\n", "b.py": OLD, "c.py": nonsense})
    assert cli.main([".", "--write"]) == 2
    told = capsys.readouterr().out
    assert "a.py:2:" in told
    assert "Python 2" in told
    assert "c.py:1:1" in told
    assert (here / "b.py").read_bytes() == NEW


def test_what_is_not_the_projects_is_skipped(here: Path) -> None:
    others = ["node_modules/x/a.py", ".venv/a.py", "venv/lib/a.py", "my_env/lib/a.py", "__pycache__/a.py"]
    write(here, {**dict.fromkeys(others, OLD), "my_env/pyvenv.cfg": b"", "app/a.py": OLD})
    cli.main([".", "--write"])
    assert [(here / name).read_bytes() for name in others] == [OLD] * len(others)
    assert (here / "app/a.py").read_bytes() == NEW


def test_what_git_ignores_is_skipped(here: Path) -> None:
    git("init", "-q")
    write(here, {".gitignore": b"build/\n", "build/a.py": OLD, "new.py": OLD, "lib/node_modules/a.py": OLD})
    cli.main([".", "--write"])
    assert (here / "build/a.py").read_bytes() == OLD
    assert (here / "new.py").read_bytes() == NEW
    assert (here / "lib/node_modules/a.py").read_bytes() == OLD


def test_excluded_files_and_folders(here: Path) -> None:
    write(here, {"legacy/a.py": OLD, "app/migrations/a.py": OLD, "app/b.py": OLD})
    cli.main([".", "--write", "--exclude", "legacy/*", "--exclude", "migrations"])
    assert (here / "legacy/a.py").read_bytes() == OLD
    assert (here / "app/migrations/a.py").read_bytes() == OLD
    assert (here / "app/b.py").read_bytes() == NEW


def test_a_file_that_is_named_is_taken(here: Path) -> None:
    write(here, {"venv/a.py": OLD})
    cli.main(["venv/a.py", "--write"])
    assert (here / "venv/a.py").read_bytes() == NEW


def test_changes_that_are_not_committed_are_not_mixed_with_ours(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("init", "-q")
    write(here, {"a.py": OLD})
    git("add", "a.py")
    git("commit", "-qm", "x")
    (here / "a.py").write_bytes(OLD + b"x = 1\n")
    assert cli.main([".", "--write"]) == 3
    assert "a.py" in capsys.readouterr().err
    assert (here / "a.py").read_bytes() == OLD + b"x = 1\n"
    assert cli.main([".", "--write", "--allow-dirty"]) == 1


def test_git_apply_takes_the_diff(here: Path) -> None:
    files = {
        "a.py": OLD,
        "with space/é.py": b"from channels import Group\r\n\r\nlast = 1",
        "last.py": b"x = 1\nfrom channels import Group",
        "proj/__init__.py": b"",
        "proj/settings.py": b'CHANNEL_LAYERS = {"default": {"ROUTING": "proj.routing.channel_routing"}}\n',
        "proj/routing.py": b"from channels.routing import route\n\n\ndef one(message):\n    pass\n\n\n"
        b'channel_routing = [route("websocket.connect", one, path="^/one$")]\n',
    }
    git("init", "-q")
    write(here, files)
    git("add", ".")
    git("commit", "-qm", "x")
    for arguments in (["--to", "shim"], ["--to", "native"]):
        # From a folder below: git wants paths from the root of the repository.
        command = [sys.executable, "-m", "compat", "rewrite", "..", "--diff", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(command, cwd=here / "proj", capture_output=True, env=environment)
        (here / "the.diff").write_bytes(done.stdout)
        git("apply", "--whitespace=nowarn", "the.diff")
        applied = {path: path.read_bytes() for path in sorted(here.rglob("*.py"))}
        git("checkout", "-q", ".")
        git("clean", "-qfd", "-e", "the.diff")
        cli.main([".", "--write", *arguments])
        assert {path: path.read_bytes() for path in sorted(here.rglob("*.py"))} == applied
        git("checkout", "-q", ".")
        git("clean", "-qfd")
    assert here.joinpath("proj/asgi.py") in applied


def test_json_report(here: Path) -> None:
    write(here, {"b.py": OLD, "a.py": b"import channels\nprint 1\n", "c.py": b"from channels import delay\n"})
    cli.main([".", "--report", "report.json"])
    report = json.loads((here / "report.json").read_text("utf-8"))
    assert report["exit_code"] == 2
    by_path = {file["path"]: file for file in report["files"]}
    assert list(by_path) == ["a.py", "b.py", "c.py"]
    assert by_path["a.py"]["error"]["line"] == 2
    assert by_path["b.py"]["changed"] is True
    made = by_path["b.py"]["made"][0]
    assert (made["line"], made["column"], made["code"], made["rule"]) == (1, 1, "SH101", "imports")
    assert by_path["c.py"]["left"][0]["page"].startswith("rewriter.md#")


def test_json_report_on_standard_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, {"b.py": OLD})
    cli.main([".", "--report", "-"])
    assert json.loads(capsys.readouterr().out)["exit_code"] == 1


@pytest.mark.parametrize(
    ("given", "printed", "code"),
    [(OLD, NEW, 1), (NEW, NEW, 0), (b"import channels\nprint 1\n", b"import channels\nprint 1\n", 2)],
)
def test_standard_input(here: Path, given: bytes, printed: bytes, code: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "compat", "rewrite", "-"]
    done = subprocess.run(command, input=given, capture_output=True, env=environment, cwd=here)
    assert (done.stdout, done.returncode) == (printed, code)
    assert (b"not parsed" in done.stderr) is (code == 2)


def test_standard_input_as_a_difference(here: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "compat", "rewrite", "-", "--diff"]
    done = subprocess.run(command, input=OLD, capture_output=True, env=environment, cwd=here)
    assert (done.stdout.splitlines()[-2:], done.stderr) == ([b"-" + OLD.strip(), b"+" + NEW.strip()], b"")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[tool.compat]\nskip = ["imports"]\n', 0),
        ('[tool.compat]\nonly = ["strings"]\n', 0),
        ('[tool.compat]\nexclude = ["app"]\n', 0),
        ('[tool.compat]\nto = "shim"\ntarget = 4\n', 1),
        ('[tool.compat]\nto = "nowhere"\n', 3),
        ("[tool.compat]\nunknown = 1\n", 3),
        ("[tool.compat\n", 3),
        ('[tool.compat]\nskip = "imports"\n', 3),
        ("[tool.other]\nunknown = 1\n", 1),
    ],
)
def test_pyproject(here: Path, text: str, code: int) -> None:
    write(here, {"pyproject.toml": text.encode(), "app/a.py": OLD})
    assert cli.main(["."]) == code


def test_the_command_line_comes_before_pyproject(here: Path) -> None:
    write(here, {"pyproject.toml": b'[tool.compat]\nonly = ["strings"]\n', "a.py": OLD})
    assert cli.main([".", "--only", "imports"]) == 1


def test_rules_are_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == sorted(lines)
    assert any("SH101" in line and "imports" in line for line in lines)


def test_the_order_does_not_depend_on_the_number_of_processes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here, {f"f{number}.py": OLD if number % 2 else b"from channels import delay\n" for number in range(12)})
    told = []
    for jobs in ("1", "2"):
        cli.main([".", "--jobs", jobs])
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]


def test_of_several_reasons_the_first_one_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep = b"".join(b"    keep_%d(message)\n" % number for number in range(20))
    routing = b"""from channels.routing import route

def receive(message):
%s
channel_routing = [route("websocket.receive", receive)]
"""
    settings = b'CHANNEL_LAYERS = {"default": {"ROUTING": "routing.channel_routing"}}\n'
    write(here, {"routing.py": routing % keep, "settings.py": settings})
    assert cli.main([".", "--to", "native"]) == 2
    assert "routing.py:4:12 NA201" in capsys.readouterr().out


def test_neither_django_nor_channels_is_imported(here: Path) -> None:
    write(here, {"a.py": OLD})
    code = (
        "import sys\n"
        "before = set(sys.modules)  # an installed compat has a start-up file, which is in every interpreter\n"
        "from compat.__main__ import main\n"
        "try: main(['rewrite', '.', '--to', 'native'])\n"
        "except SystemExit as end: assert end.code == 1, end.code\n"
        "found = {name.split('.')[0] for name in sys.modules} & {'django', 'channels', 'asgiref'}\n"
        "assert not found, found\n"
        "runtime = [name for name in set(sys.modules) - before if name.startswith(('compat.v', 'compat.dropin'))]\n"
        "assert not runtime, runtime\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COMPAT_STARTUP": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=here, text=True)
    assert done.returncode == 0, done.stderr


def test_without_libcst_it_says_what_to_install(here: Path) -> None:
    code = (
        "import sys; sys.modules['libcst'] = None\n"
        "from compat.rewriter.cli import main\n"
        "sys.exit(main(['.']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=here, text=True)
    assert done.returncode == 3
    assert "channels-compat[rewrite]" in done.stderr
