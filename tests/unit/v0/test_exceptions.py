from __future__ import annotations

import channels.exceptions
import pytest

from compat.v0 import exceptions


@pytest.mark.parametrize("name", ["ConsumeLater", "ResponseLater"])
def test_an_exception_that_channels_has_no_more_is_ours(name: str) -> None:
    assert getattr(exceptions, name).__module__ == "compat.v0.exceptions"
    assert getattr(exceptions, name).__doc__


@pytest.mark.parametrize("name", ["RequestAborted", "RequestTimeout"])
def test_an_exception_that_channels_has_kept_is_its_own(name: str) -> None:
    assert getattr(exceptions, name) is getattr(channels.exceptions, name)


def test_nothing_else_is_there() -> None:
    assert exceptions.__all__ == ["ConsumeLater", "RequestAborted", "RequestTimeout", "ResponseLater"]
