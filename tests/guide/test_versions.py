"""The versions that the guide names are those that are installed and tested."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

from .pages import GUIDE

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (GUIDE / "versions.md").read_text("utf-8")


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose first column has this title."""
    table = PAGE.partition(f"\n| {first} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.fixture
def extras(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Those of setup.py, whether this Python has setuptools or not."""
    given: dict[str, Any] = {}
    setuptools: Any = ModuleType("setuptools")
    build_py: Any = ModuleType("setuptools.command.build_py")
    setuptools.setup = lambda **keywords: given.update(keywords)
    setuptools.find_packages = lambda *arguments, **keywords: []
    build_py.build_py = object
    for module in (setuptools, ModuleType("setuptools.command"), build_py):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    runpy.run_path(str(REPOSITORY / "setup.py"))
    assert given["install_requires"] == []
    return given["extras_require"]  # type: ignore[no-any-return]


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools"))
    import environments as module

    return module


def test_the_extras_are_those_of_setup_py(extras: dict[str, list[str]]) -> None:
    listed = {extra.strip("`"): re.findall(r"`([^`]+)`", brings) for extra, brings in rows("extra")}
    assert listed == {name: brings for name, brings in extras.items() if name not in ("test", "dev")}


def test_the_rows_are_the_environments(environments: Any) -> None:
    listed = {}
    for pythons, channels, django, daphne, redis, _ in rows("Python"):
        name, _, version = redis.rpartition(" ")
        versions = {"channels": channels, "Django": django, "daphne": daphne, name or "channels_redis": version}
        listed.update(dict.fromkeys(pythons.split(", "), versions))
    tested = {}
    for environment in environments.ENVIRONMENTS.values():
        if environment.is_shim or environment.name == "old":
            pins = dict(pin.split("==") for pin in environment.pins)
            pins["Django"] = pins["Django"].rpartition(".")[0]
            (python,) = environment.pythons
            tested[python] = {package: pins[package] for package in listed[python]}
    assert listed == tested


def test_the_extras_of_a_row_take_its_versions(extras: dict[str, list[str]]) -> None:
    for pythons, channels, django, daphne, redis, named in rows("Python")[1:]:
        versions = {"channels": channels, "Django": django, "daphne": daphne, "channels_redis": redis}
        wanted = [Requirement(each) for name in re.findall(r"`([^`]+)`", named) for each in extras[name]]
        fits = {each.name: versions[each.name] in each.specifier for each in wanted}
        assert fits == dict.fromkeys(versions, True), pythons
