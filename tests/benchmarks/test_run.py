"""benchmarks/run.py works. How fast anything is on a machine that does other things too tells nothing."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = {"shim", "sync", "async"}
ON_REDIS = "uvicorn, Redis"
# What each table must have; `old` where the old stack is here, Redis where there is a redis-server.
TABLES = {
    "Echo, 5 sockets (uvicorn, in memory)": NATIVE | {"raw", "old"},
    f"Echo, 5 sockets ({ON_REDIS})": NATIVE | {"old"},
    "Fan-out, a group of 5 (uvicorn, in memory)": NATIVE | {"raw", "old"},
    f"Fan-out, a group of 5 ({ON_REDIS})": NATIVE | {"old"},
    "Connections: open, one echo, close; 10 at a time (uvicorn, in memory)": NATIVE | {"raw", "old"},
    "Consumers that wait 5 ms for SQLite, 5 sockets (uvicorn, in memory)": NATIVE | {"old"},
    "Memory of an idle socket, 5 sockets (uvicorn, in memory)": NATIVE | {"raw", "old"},
    "Echo by way of a custom channel, 5 sockets (uvicorn, in memory)": {"shim", "old"},
    f"Echo by way of a custom channel, 5 sockets ({ON_REDIS})": {"shim", "worker", "old"},
    "HTTP that passes through to a Django view (uvicorn, in memory)": {"shim", "django"},
    "Start-up of a process with channels": {"shim", "without"},
}


@pytest.fixture(scope="module")
def complete(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--complete", default=False))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, complete: bool) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("benchmarks")
    options = ["--quick", "--file", folder / "RESULTS.md", "--json", folder / "samples.json"]
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/run.py", *options], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if complete:
        assert "! not measured" not in done.stdout
    return {
        "tables": json.loads((folder / "samples.json").read_text()),
        "page": (folder / "RESULTS.md").read_text("utf-8"),
    }


def test_every_measurement_has_every_system(ran: dict[str, Any], complete: bool) -> None:
    found = {table["case"]: set(table["samples"]) for table in ran["tables"]}
    if complete:
        assert found == TABLES
    else:
        assert {title: found[title] | {"old"} for title in found} == {
            title: systems | {"old"} for title, systems in TABLES.items() if ON_REDIS not in title or title in found
        }


def test_no_message_is_lost_and_every_figure_can_be_compared(ran: dict[str, Any]) -> None:
    for table in ran["tables"]:
        for name, samples in table["samples"].items():
            for sample in samples:
                assert sample["errors"] == 0, (table["case"], name, sample)
                assert math.isfinite(sample["value"]), (table["case"], name, sample)
                assert sample["value"] > 0 or table["unit"] == "KiB", (table["case"], name, sample)


def test_the_page_judges_every_target_and_takes_the_echo_apart(ran: dict[str, Any]) -> None:
    targets, rest = ran["page"].partition("## Targets")[2].split("## Where the time goes")
    rows = re.findall(r"^\| (\w.*?) *\|.* (met|\*\*missed\*\*|not measured) *\|$", targets, re.M)
    assert {title for title, _ in rows} >= {title for title in TABLES if "custom" not in title and "Redis" not in title}
    steps = rest.partition("\n## ")[0]
    assert "| together " in steps
    assert all(f"## {table['case']}" in rest for table in ran["tables"])
