"""benchmarks/beside_otree.py works. What compat costs on a machine that does other things too tells nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tools"))

from environments import ENVIRONMENTS  # noqa: E402


def test_sockets_and_pages_are_compared(request: pytest.FixtureRequest) -> None:
    if not ENVIRONMENTS["otree-3.4.0"].python().exists() and not request.config.getoption("--complete", default=False):
        pytest.skip("oTree 3.4.0 is not here (nox -s otree-3.4.0)")
    command = [sys.executable, ROOT / "benchmarks/beside_otree.py", "--rounds", "1", "--seconds", "0.3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(oTree with compat|oTree alone|with / alone) +[\d.,]+ +[\d.,]+ +[\d.,]+", done.stdout, re.M)
    assert rows == ["oTree with compat", "oTree alone", "with / alone"] * 2, done.stdout
