"""An oTree that has neither Django nor channels (from 5 on): compat says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .versions import PATIENCE, Otree, Project

SENTENCE = "has neither Django nor channels, so consumers of channels 0.17 cannot run on it"


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["bin/otree", "resetdb", "--noinput"], False),
        (["bin/python", "-m", "compat", "doctor"], True),
        (["bin/python", "-m", "compat", "run", "manage.py", "resetdb"], True),
    ],
    ids=["otree", "doctor", "run"],
)
def test_one_sentence_says_so(otree_without_channels: Otree, command: list[str], first: bool, tmp_path: Path) -> None:
    otree = otree_without_channels
    ended = subprocess.run(
        [str(otree.python.parents[1] / command[0]), *command[1:]], cwd=Project(otree, tmp_path).folder,
        env=otree.environment(), capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    said = (ended.stdout + ended.stderr).strip().splitlines()
    assert ended.returncode != 0
    # oTree itself shows where the project asks for channels before.
    assert f"oTree {otree.version} {SENTENCE}" in said[0 if first else -1], said
