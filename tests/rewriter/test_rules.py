"""The examples beside the rules."""

from __future__ import annotations

import pytest

from compat.rewriter.model import Result
from compat.rewriter.registry import all_rules
from compat.rewriter.run import rewrite_texts

from .cases import ALL, Case

CASES = [pytest.param(case, id=f"{name}-{case.title}".replace(" ", "_")) for name in ALL for case in ALL[name]]


def run(case: Case, files: dict[str, str]) -> tuple[dict[str, str], list[Result]]:
    results = rewrite_texts({path: text.encode() for path, text in files.items()}, case.options)
    assert [result.error for result in results if result.error] == []
    return {**files, **{r.path: r.after.decode() for r in results if r.after is not None}}, results


@pytest.mark.parametrize("case", CASES)
def test_example(case: Case) -> None:
    after, results = run(case, case.before)
    assert after == case.after
    left = [note.text for result in results for note in result.left]
    assert len(left) == len(case.left), left
    for words, text in zip(case.left, left):
        assert words in text
    made = [note for result in results for note in result.made]
    assert bool(made) is not case.is_left_alone


@pytest.mark.parametrize("case", CASES)
def test_a_second_run_changes_nothing(case: Case) -> None:
    after, results = run(case, case.after)
    assert after == case.after
    assert [note for result in results for note in result.made] == []


@pytest.mark.parametrize("case", CASES)
def test_the_result_is_python(case: Case) -> None:
    for path, text in case.after.items():
        if path.endswith(".py"):
            compile(text, path, "exec")


@pytest.mark.parametrize("name", sorted(ALL))
def test_two_fifths_of_the_examples_are_left_alone(name: str) -> None:
    cases = ALL[name]
    assert sum(case.is_left_alone for case in cases) >= 0.4 * len(cases)


def test_every_rule_has_examples() -> None:
    assert {rule.name.replace("-", "_") for rule in all_rules()} == set(ALL)


def test_every_rule_has_a_code_of_its_own() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(set(codes)) == len(codes)
