"""The reference table has what the catalogue has."""

import pytest

pytest.importorskip("compat")

from . import reference


def test_the_table_is_that_of_the_catalogue() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.text(), "write it anew: python -m tests.guide.reference"
