"""The examples do what they say they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.processes import Project

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("arguments", [("chat/demo.py", "--check"), ("mixed/check.py",)], ids=" ".join)
def test_an_example_checks_itself(arguments: tuple[str, ...]) -> None:
    pytest.importorskip("websockets")
    pytest.importorskip("daphne")
    ended = Project(EXAMPLES, {}).run(*arguments)
    assert ended.status == 0, ended.out + ended.err


def test_every_example_is_tested() -> None:
    # cluster by a session of its own, otree_market by tests/on_otree: they need Redis and oTree.
    assert {path.parent.name for path in EXAMPLES.glob("*/manage.py")} == {"chat", "cluster", "mixed", "otree_market"}
