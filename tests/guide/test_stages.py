"""What stages.md has you type at each stage does what the page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conformance.stacks import REPOSITORY

from .conftest import stacks
from .pages import BLOCKS, EXAMPLES, Block, blocks_for
from .projects import LEGACY, ON_COMPAT, ON_SHIM, Case, Project

EXAMPLE = EXAMPLES["stages"]
# pip is run by test_first_page.py; that the extra exists is asked below.
TYPED = [command for block in blocks_for(__file__) for command in block.commands]
INVENTORIES = [command for command in TYPED if " compat inventory " in command]
REWRITES = [command for command in TYPED if " compat rewrite " in command]
WITH_WARNINGS = [command for command in TYPED if command.startswith("COMPAT_WARN=1 ") and "runserver" not in command]
ON_NEW_STACK = [
    command
    for command in TYPED
    if command not in REWRITES + INVENTORIES + WITH_WARNINGS and " pip " not in command and "runserver" not in command
]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line of the rewriter, which needs no stack."""
    return subprocess.run(
        [sys.executable, *command.split()[1:]], cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def write(folder: Path, label: str) -> dict[str, str]:
    files = {name: text for name, text in EXAMPLE.files(label).items() if name.endswith(".py")}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return files


def content(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}


def test_the_page_types_what_is_tested_here() -> None:
    assert [command.partition("rewrite . ")[2] for command in dict.fromkeys(REWRITES)] == [
        "--to native --target 4", "--to shim --write", "--to native --target 4 --write",
    ]  # fmt: skip
    assert WITH_WARNINGS == ["COMPAT_WARN=1 python manage.py check"]
    assert ON_NEW_STACK == ["python manage.py check", "python -m compat doctor --settings mysite.settings"]


@pytest.mark.parametrize("command", [command for command in dict.fromkeys(REWRITES) if "--write" not in command])
def test_a_report_changes_nothing(command: str, tmp_path: Path) -> None:
    files = write(tmp_path, LEGACY)
    done = run(command, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "chat/consumers.py" in done.stdout
    assert content(tmp_path) == files


def test_the_inventory_is_a_page_about_the_project(tmp_path: Path) -> None:
    files = write(tmp_path, LEGACY)
    (command,) = INVENTORIES
    done = run(command, tmp_path)
    assert done.returncode == 2, done.stdout  # the settings may stay
    assert "chat/consumers.py" in (tmp_path / "inventory.html").read_text("utf-8")
    assert content(tmp_path) == files


def test_stage_1_is_what_the_rewriter_makes_of_stage_0(tmp_path: Path) -> None:
    write(tmp_path, LEGACY)
    done = run(REWRITES[1], tmp_path)
    assert done.returncode == 1, done.stdout
    assert content(tmp_path) == {name: EXAMPLE.files(ON_COMPAT)[name] for name in content(tmp_path)}


def test_stage_4_converts_all_of_this_project_and_holds_back_what_is_told(tmp_path: Path) -> None:
    write(tmp_path, ON_COMPAT)
    consumers = tmp_path / "chat/consumers.py"
    held = consumers.read_text("utf-8").replace("def echo_receive", "# compat: ignore-file\ndef echo_receive")
    consumers.write_text(held, "utf-8")
    assert run(REWRITES[-1], tmp_path).returncode in (0, 1, 2)
    assert consumers.read_text("utf-8") == held

    write(tmp_path, ON_COMPAT)
    assert run(REWRITES[-1], tmp_path).returncode == 1
    text = "".join(content(tmp_path).values())
    assert "route(" not in text
    assert text.count("re_path(r") == 2 + 1  # and what keeps sockets of other paths open


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "new_stack" in metafunc.fixturenames:
        found = [stack for stack in stacks(metafunc.config) if not stack.is_old]
        metafunc.parametrize("new_stack", [pytest.param(stack, id=stack.name) for stack in found])


@pytest.mark.parametrize("command", ON_NEW_STACK)
def test_stage_2_finds_nothing_wrong(command: str, new_stack, tmp_path: Path) -> None:
    project = Project(Case(EXAMPLE, ON_SHIM, new_stack), tmp_path, None)
    said = project.run(command)
    assert "Channels0Warning" not in said
    assert "doctor" not in command or "ok Stage 2 of 5" in said


@pytest.mark.parametrize("command", [*WITH_WARNINGS, f"COMPAT_WARN=1 {ON_NEW_STACK[-1]}"])
def test_stage_3_points_at_the_old_api(command: str, new_stack, tmp_path: Path) -> None:
    said = Project(Case(EXAMPLE, ON_SHIM, new_stack), tmp_path, None).run(command)
    assert "chat/consumers.py:1: Channels0Warning: channels.Group is of channels 0.17. On channels " in said
    assert "doctor" not in command or "ok Stage 3 of 5" in said


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if "pip install" in block.text and block.commands],
    ids=lambda block: block.place,
)
def test_what_pip_is_told_to_install_is_there(block: Block) -> None:
    setup = (REPOSITORY / "setup.py").read_text("utf-8")
    for command in block.commands:
        if "channels-compat[" in command:
            extras = command.partition("[")[2].partition("]")[0].split(",")
            assert all(f'"{extra}": ' in setup for extra in extras), command
