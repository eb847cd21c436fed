"""Recorded answers of the old stack, one readable file per scenario."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from .scenario import Scenario

FOLDER = Path(__file__).parent / "golden"


def _path(scenario: Scenario) -> Path:
    return FOLDER / f"{scenario.name}.json"


def load(scenario: Scenario, layer: str) -> dict[str, Any] | None:
    path = _path(scenario)
    if not path.exists():
        return None
    record: dict[str, Any] | None = json.loads(path.read_text("utf-8")).get(layer)
    return record


def save(scenario: Scenario, layer: str, record: dict[str, Any]) -> None:
    path = _path(scenario)
    data = json.loads(path.read_text("utf-8")) if path.exists() else {}
    data.update(
        {"about": scenario.about, "project": scenario.project, "rows": scenario.rows, layer: record}
    )
    data = {key: data[key] for key in ("about", "project", "rows", "memory", "redis") if key in data}
    FOLDER.mkdir(exist_ok=True)
    path.write_text(show(data) + "\n", "utf-8")


def show(value: Any, indent: str = "") -> str:
    """JSON with short things on one line: frames and observations are read as lines."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= 110 or not isinstance(value, (dict, list)) or not value:
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        inner = [f"{deeper}{json.dumps(key, ensure_ascii=False)}: {show(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner) + "\n" + indent + "}"
    return "[\n" + ",\n".join(deeper + show(item, deeper) for item in value) + "\n" + indent + "]"


def difference(expected: Any, actual: Any, expected_name: str, actual_name: str) -> str:
    return "\n".join(
        difflib.unified_diff(
            show(expected).splitlines(), show(actual).splitlines(), expected_name, actual_name, lineterm="", n=4,
        )
    )
