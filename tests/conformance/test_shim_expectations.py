"""What is asked of the shims alone: each script judges itself (scenarios/shim.py)."""

from __future__ import annotations

from .conftest import Case, Plan, run_case
from .stacks import Pool


def test_expectation(expected: Case, plan: Plan, pool: Pool) -> None:
    run_case(plan, pool, expected)
