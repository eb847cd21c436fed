"""The guide's table says what the runs have seen."""

from __future__ import annotations

import pytest

from . import works


def test_the_page_says_what_is_recorded() -> None:
    assert works.PAGE.read_text("utf-8") == works.page(works.read())


def test_all_versions_have_run_the_same_tests() -> None:
    first, *others = works.read().values()
    assert all(tests.keys() == first.keys() for tests in others)


@pytest.mark.parametrize(
    ("ended", "shown"),
    [
        ({"a": "passed", "b": "skipped"}, "passed"),
        ({"a": "skipped", "b": "skipped"}, "skipped"),
        ({"a": "passed", "b": "failed"}, "failed"),
    ],
)
def test_a_statement_is_true_if_no_test_of_it_fails(ended: dict[str, str], shown: str) -> None:
    assert works.Statement("", ("*",)).ended(ended) == shown


def test_a_statement_without_a_test_is_an_error() -> None:
    with pytest.raises(ValueError, match="no test b"):
        works.Statement("", ("a", "b")).ended({"a": "passed"})


def test_a_run_that_ends_otherwise_is_seen() -> None:
    recorded = {"3.4.0": {"a": "passed", "b": "passed"}}
    assert not list(works.differences(recorded, {"3.4.0": {"a": "passed"}}, whole=False))
    assert list(works.differences(recorded, {"3.4.0": {"a": "failed"}}, whole=False))
    assert list(works.differences(recorded, {"3.4.0": {"a": "passed"}}, whole=True))
    assert list(works.differences(recorded, {"3.4.0": {"a": "passed", "new": "passed"}}, whole=False))


@pytest.mark.parametrize(
    ("nodeid", "wanted"),
    [
        ("tests/on_otree/test_market.py::test_bots_play[2.3.33]", "market.bots_play"),
        ("tests/on_otree/test_held.py::test_a[devserver-2.3.33]", "held.a devserver"),
        ("tests/on_otree/test_market.py::test_a[2.3.33-1of2 and 2of2]", "market.a 1of2 and 2of2"),
    ],
)
def test_names_are_those_of_all_versions(nodeid: str, wanted: str) -> None:
    assert works.name(nodeid, "2.3.33") == wanted
