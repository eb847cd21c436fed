"""Tells what was done and what is left: on the terminal, as JSON, by the exit code."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from .model import Options, Result

if TYPE_CHECKING:
    from rich.console import Console

NOTHING, CHANGES, HANDS, USAGE = 0, 1, 2, 3


def exit_code(results: list[Result]) -> int:
    """0: nothing to do; 1: changes made or wanted; 2: places left for hands, or files not parsed."""
    if any(result.left or result.error for result in results):
        return HANDS
    return CHANGES if any(result.changed for result in results) else NOTHING


def as_json(results: list[Result], options: Options) -> str:
    """The report for programs."""
    told = [result for result in results if result.changed or result.left or result.error]
    files: list[dict[str, Any]] = [
        {
            "path": result.path,
            "changed": result.changed,
            "created": result.before is None,
            "made": [dataclasses.asdict(note) for note in result.made],
            "left": [dataclasses.asdict(note) for note in result.left],
            "error": dataclasses.asdict(result.error) if result.error else None,
        }
        for result in told
    ]
    whole = {
        "to": options.to,
        "target": options.target,
        "exit_code": exit_code(results),
        "looked_at": len(results),
        "files": files,
    }
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def show(console: Console, results: list[Result], written: bool, looked_at: int) -> None:
    """The report for people: what is left, then what was done in numbers."""
    for result in results:
        for note in result.made:
            _line(console, str(note), "green")
    for result in results:
        for note in (*result.left, *([result.error] if result.error else [])):
            _line(console, str(note), "yellow" if note is not result.error else "red")
    changed = sum(result.changed for result in results)
    left = sum(len(result.left) for result in results)
    broken = sum(result.error is not None for result in results)
    parts = [f"{looked_at} files looked at", f"{changed} {'changed' if written else 'to change'}"]
    if left:
        parts.append(f"{left} places left for you")
    if broken:
        parts.append(f"{broken} not parsed")
    _line(console, "; ".join(parts) + ".", "bold")
    if changed and not written:
        _line(console, "Nothing was written: --diff shows the changes, --write makes them.", "")


def _line(console: Console, text: str, style: str) -> None:
    console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)
