"""What to do next, at each stage."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from compat.inventory.steps import steps
from compat.rewriter.cli import parser

from .projects import FINISHED, OLD, STAGES, look

# stage -> words of its commands, in this order
EXPECTED = {
    0: ["pip install channels-compat", "--to shim --diff", "--to shim --write", "manage.py test", "compat doctor"],
    1: ["-m venv new-environment", "'channels-compat[channels4,redis]'", "compat doctor"],
    2: ["COMPAT_WARN=1 python", "--to native --target 4 --diff", "--to native --target 4 --write", "manage.py test"],
    3: ["--to native --target 4 --diff", "--to native --target 4 --write", "manage.py test"],
    4: ["--to native --target 4 --diff", "--to native --target 4 --write", "manage.py test"],
    5: ["pip uninstall channels-compat"],
}


@pytest.mark.parametrize("number", sorted(STAGES))
def test_commands_of_a_stage(tmp_path: Path, number: int) -> None:
    commands = [step.command for step in steps(look(tmp_path, STAGES[number])) if step.command]
    assert len(commands) == len(EXPECTED[number])
    for command, words in zip(commands, EXPECTED[number]):
        assert words in command


@pytest.mark.parametrize("number", sorted(STAGES))
def test_commands_of_the_rewriter_are_understood_by_it(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "a folder's name"
    start = ["python", "-m", "compat", "rewrite"]
    for step in steps(look(folder, STAGES[number])):
        words = shlex.split(step.command)
        if words[:4] == start:
            given: argparse.Namespace = parser().parse_args(words[4:])
            assert given.paths == [folder.as_posix()]
            assert given.diff or given.write


def test_doctor_is_sent_to_the_project_with_its_settings(tmp_path: Path) -> None:
    command = steps(look(tmp_path, OLD))[-1].command
    assert command == f"python -m compat doctor --settings site.settings --folder {tmp_path.as_posix()}"


def test_a_finished_project_has_no_next_step(tmp_path: Path) -> None:
    assert steps(look(tmp_path, FINISHED)) == []


def test_python_2_comes_first(tmp_path: Path) -> None:
    survey = look(tmp_path, {**OLD, "two's.py": "import channels\nprint 1\n"})
    first = steps(survey)[0].command
    assert shlex.split(first)[-1] == (tmp_path / "two's.py").as_posix()


def test_what_the_shim_cannot_run_comes_before_the_rest(tmp_path: Path) -> None:
    survey = look(tmp_path, {**OLD, "later.py": "from channels import delay\n"})
    assert "Replace what channels-compat cannot run" in steps(survey)[0].about


def test_where_the_rewriter_converts_nothing_more_the_places_that_are_left_come(tmp_path: Path) -> None:
    odd = "from channels.routing import route\n\n\ndef odd(message):\n    keep(message)\n\n\nroutes = [" \
        'route("websocket.receive", odd)]\n'  # fmt: skip
    settings = 'INSTALLED_APPS = ["channels", "compat"]\nCHANNEL_LAYERS = {"default": {"ROUTING": "routing.routes"}}\n'
    survey = look(tmp_path, {"routing.py": odd, "settings.py": settings, "native.py": STAGES[4]["chat/native.py"]})
    (step,) = steps(survey)
    assert "left for you" in step.about
    assert "--check" in step.command


def test_otree_has_its_own_commands(tmp_path: Path) -> None:
    files = {"settings.py": 'INSTALLED_APPS = ["otree"]\n', "consumers.py": "from channels import Group\n"}
    found = steps(look(tmp_path, files))
    assert "otree test" in [step.command for step in found]
    assert 'INSTALLED_APPS = ["otree", "compat"]' in " ".join(step.about for step in found)
    assert not [step for step in found if "manage.py" in step.command]
