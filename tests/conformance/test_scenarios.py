"""Every scenario: the old stack against its golden data, each shim against the old stack."""

from __future__ import annotations

import pytest

from . import golden
from .conftest import Case, Plan, run_case
from .known_differences import expected_on_shim, hide_limits
from .stacks import OLD, Pool, default_server


def test_scenario(compared: Case, plan: Plan, pool: Pool) -> None:
    scenario, layer = compared.scenario, compared.layer
    record = run_case(plan, pool, compared)
    plan.results[compared.stack.name, layer, scenario.name] = record
    if compared.stack.is_old:
        if plan.record:
            golden.save(scenario, layer, record)
        expected, source = golden.load(scenario, layer), "golden data"
    else:
        live = plan.results.get((OLD, layer, scenario.name))
        expected, source = (live, "old stack, live") if live else (golden.load(scenario, layer), "golden data")
        if expected is not None:
            server = plan.server or default_server(layer)
            record = hide_limits(scenario.name, server, record)
            expected = hide_limits(scenario.name, server, expected)
            expected = expected_on_shim(scenario.name, layer, expected, record)
    if expected is None:
        pytest.fail(f"no golden data for {scenario.name} ({layer}): record them with --record")
    if record != expected:
        diff = golden.difference(expected, record, source, compared.stack.name)
        running = pool.get(compared.stack, layer, scenario.project, plan.server)
        pytest.fail(f"{scenario.name}: {scenario.about}\n{diff}\n{running.logs()}", pytrace=False)
