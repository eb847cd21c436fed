"""The list of old names: each is really there, and nothing of today's is hidden."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import compat.dropin
from compat.dropin.names import PACKAGE, SHARED, VANISHED, shim_of

OVERLAY = Path(compat.dropin.__file__).parent / "channels"
# What is below a vanished package comes with it.
WITH_A_FILE = {name for name in VANISHED | SHARED.keys() if name.rpartition(".")[0] not in VANISHED}


@pytest.mark.parametrize("name", sorted(PACKAGE))
def test_a_name_of_the_package_is_in_its_home(name: str) -> None:
    assert hasattr(importlib.import_module(PACKAGE[name]), name)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in sorted(SHARED) for name in sorted(SHARED[module])]
)
def test_an_added_name_is_in_our_module(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(shim_of(module)), name)


@pytest.mark.parametrize("module", sorted(VANISHED))
def test_a_vanished_module_is_one_of_ours(module: str) -> None:
    assert importlib.import_module(shim_of(module))


def test_no_module_is_both_shared_and_vanished() -> None:
    assert not VANISHED & SHARED.keys()


@pytest.mark.parametrize("module", sorted(WITH_A_FILE))
def test_every_module_has_its_file_in_the_overlay(module: str) -> None:
    path = OVERLAY.joinpath(*module.split(".")[1:])
    assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_every_file_of_the_overlay_is_listed() -> None:
    files = {path.relative_to(OVERLAY).with_suffix("") for path in OVERLAY.rglob("*.py")}
    modules = {".".join(["channels", *path.parts]).replace(".__init__", "") for path in files}
    assert modules == WITH_A_FILE
