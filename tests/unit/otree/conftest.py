from __future__ import annotations

import sys
from types import ModuleType
from typing import Callable

import pytest


@pytest.fixture
def otree(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Makes it look as if a version of oTree were installed."""

    def install(version: str) -> ModuleType:
        module = ModuleType("otree")
        module.__version__ = version  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "otree", module)
        return module

    return install
