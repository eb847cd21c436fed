from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from compat.v0.utils import name_that_thing


def function() -> None:
    pass


class Thing:
    def method(self) -> None:
        pass

    @classmethod
    def of_the_class(cls) -> None:
        pass

    def __call__(self) -> None:
        pass


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (function, f"{__name__}.function"),
        (lambda: None, f"{__name__}.<lambda>"),
        (Thing, f"{__name__}.Thing"),
        (Thing(), f"{__name__}.Thing"),
        (Thing().method, f"{__name__}.Thing.method"),
        (Thing.method, f"{__name__}.method"),
        (Thing.of_the_class, f"{__name__}.Thing"),
        (partial(function), "functools.partial"),
        (None, "builtins.NoneType"),
    ],
)
def test_a_thing_has_a_name_for_the_log(thing: Any, name: str) -> None:
    assert name_that_thing(thing) == name
