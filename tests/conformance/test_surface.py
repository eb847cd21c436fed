"""What the old stack lets projects import is what is recorded; tests/unit/test_surface.py holds the shim to it."""

from __future__ import annotations

import json
import subprocess

import pytest

from . import golden, surface
from .conftest import Plan

RECORD = golden.FOLDER / "surface.json"


def test_the_surface_of_the_old_stack_is_the_recorded_one(plan: Plan) -> None:
    if plan.old is None:
        pytest.skip("needs --stack old=PYTHON")
    ended = subprocess.run([plan.old.python, "-I", surface.__file__], stdout=subprocess.PIPE, check=True)
    live = json.loads(ended.stdout)
    if plan.record:
        RECORD.write_text(golden.show(live) + "\n", "utf-8")
    recorded = json.loads(RECORD.read_text("utf-8"))
    if recorded != live:
        pytest.fail(golden.difference(recorded, live, "golden data", "old stack, live"), pytrace=False)
