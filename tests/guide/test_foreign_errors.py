"""The errors of others that foreign-errors.md explains are really got, word for word, and its advice helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from conformance.stacks import Stack

from .conftest import stacks
from .foreign import ERRORS, Error, Interpreter
from .pages import GUIDE
from .test_messages import texts

PAGE = (GUIDE / "foreign-errors.md").read_text("utf-8")
# tests/on_otree gets those.
OF_OTREE = re.split(r"^## oTree$", PAGE, flags=re.M)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "error" in metafunc.fixturenames:
        pairs = [
            pytest.param(error, stack, id=f"{stack.name}-{error.texts[0]}")
            for stack in stacks(metafunc.config)
            for error in ERRORS
            if error.occurs(stack)
        ]
        metafunc.parametrize(("error", "stack"), pairs)


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Callable[[Stack, bool], Interpreter]]:
    started: dict[tuple[Stack, bool], Interpreter] = {}

    def get(stack: Stack, with_compat: bool) -> Interpreter:
        if (stack, with_compat) not in started:
            started[stack, with_compat] = Interpreter(stack, with_compat)
        return started[stack, with_compat]

    yield get
    for each in started.values():
        each.stop()


def test_an_error_is_got_and_cured(
    error: Error, stack: Stack, tmp_path: Path, interpreter: Callable[[Stack, bool], Interpreter]
) -> None:
    error.write(tmp_path / "wrong", cured=False)
    status, output = interpreter(stack, False).run(error.command, tmp_path / "wrong")
    assert [text for text in error.texts if text not in output] == [], output
    assert status != 0
    if error.cure or error.cured_settings is not None:
        error.write(tmp_path / "right", cured=True)
        status, output = interpreter(stack, True).run(error.command, tmp_path / "right")
        assert status == 0, output


def test_the_page_lists_what_is_got_and_nothing_else() -> None:
    assert texts(OF_OTREE[0]) == {text for error in ERRORS for text in error.texts}
