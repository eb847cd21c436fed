"""The tests in the folder ``inside`` run in the oTree that they are about, by its own Python's unittest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from .versions import PATIENCE, Otree

INSIDE = Path(__file__).parent / "inside"


@pytest.mark.parametrize("tests", sorted(path.stem for path in INSIDE.glob("test_*.py")))
def test_inside(otree: Otree, tests: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    if not otree.with_compat or otree.is_judge:
        pytest.skip("about what compat adds to a new oTree")
    ended = tmp_path / "ended.json"
    ran = subprocess.run(
        [otree.python, INSIDE / "run.py", tests, ended],
        cwd=tmp_path,
        env=otree.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.exists(), ran.stdout
    record_property("inside", json.loads(ended.read_text()))
    assert ran.returncode == 0, ran.stdout
