"""benchmarks/rewriter.py works. How fast it is on a machine that does other things too tells nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_small_tree_is_measured_beside_django_upgrade() -> None:
    command = [sys.executable, REPOSITORY / "benchmarks/rewriter.py", "--files", "120", "--times", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *lines = done.stdout.splitlines()
    assert first == "120 Python files, 1 of them with consumers"
    names = ["rewrite --to shim", "rewrite --to shim, one process", "rewrite --to native", "django-upgrade"]
    assert [line[:44].rstrip() for line in lines] == names
