"""The tests in the folder ``inside`` run in the oTree that they are about, by its own Python's unittest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .versions import PATIENCE, Otree

INSIDE = Path(__file__).parent / "inside"


@pytest.mark.parametrize("tests", sorted(path.stem for path in INSIDE.glob("test_*.py")))
def test_inside(otree: Otree, tests: str, tmp_path: Path) -> None:
    if not otree.with_compat or otree.is_judge:
        pytest.skip("about what compat adds to a new oTree")
    ran = subprocess.run(
        [otree.python, INSIDE / f"{tests}.py"],
        cwd=tmp_path,
        env=otree.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stdout
