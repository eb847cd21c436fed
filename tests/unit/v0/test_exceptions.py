from __future__ import annotations

import channels.exceptions
import pytest

from compat.v0 import exceptions

NAMES = ["ConsumeLater", "RequestAborted", "RequestTimeout", "ResponseLater"]


@pytest.mark.parametrize("name", NAMES)
def test_an_old_exception_is_none_of_today_s(name: str) -> None:
    old = getattr(exceptions, name)
    assert issubclass(old, Exception)
    assert old.__doc__
    assert old not in [value for key, value in vars(channels.exceptions).items() if key != name]


def test_nothing_else_is_defined() -> None:
    assert sorted(name for name in vars(exceptions) if not name.startswith("_")) == NAMES
