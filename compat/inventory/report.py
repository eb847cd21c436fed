"""Tells what was found: on the terminal, as JSON, by the exit code."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import compat
from compat import catalogue

from .steps import steps
from .survey import BLOCKS, CONVERTED, STAYS, Place, Survey

if TYPE_CHECKING:
    from rich.console import Console

NOTHING, CHANGES, HANDS, USAGE = 0, 1, 2, 3
# What the JSON looks like; a reader need not understand another number.
FORMAT = 1
_BAR = 60


def exit_code(survey: Survey) -> int:
    """0: nothing of the old API is used; 1: the rewriter converts all that is; 2: places are left for hands, or files
    do not parse."""
    if survey.unparsed or survey.blockers or survey.left or survey.count(CONVERTED) < len(survey.places):
        return HANDS
    return CHANGES if survey.places else NOTHING


def shown(text: str) -> str:
    """Text from the project for people's eyes: what cannot be printed is told by its number."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def on_the_shim(row: catalogue.Row) -> str:
    """What the shim does with something, as a phrase."""
    if row.kind == catalogue.PACKAGE:
        return "may stay; " + row.shim if row.shim != row.old else "is replaced by what today's channels asks for"
    if row.kind == catalogue.SETTING and "was never ported" in row.why:
        return "does not run: use asgi_redis.RedisChannelLayer instead"
    if row.shim != row.old:
        return f"works; also as {row.shim}" if row.kind == catalogue.NAME else row.shim
    return {catalogue.SETTING: "is read as it is", catalogue.COMMAND: "works as it is"}.get(row.kind, "works as it is")


# --- JSON ------------------------------------------------------------------------------------------


def as_json(survey: Survey) -> str:
    """The inventory for programs."""
    return json.dumps(_document(survey), indent=1, sort_keys=True) + "\n"


def _document(survey: Survey) -> dict[str, Any]:
    after_old, after_native = survey.after
    return {
        "format": FORMAT,
        "version": compat.__version__,
        "path": survey.root,
        "target": survey.target,
        "exit_code": exit_code(survey),
        "stage": survey.stage._asdict(),
        "counts": {
            "files": survey.looked_at,
            "old": survey.old,
            "shim": survey.shim,
            "native": survey.native,
            **_counts(survey.places),
            "after": {"old_or_shim": after_old, "native": after_native},
        },
        "areas": [
            {"title": area.title, "page": area.page, **_counts(places), "places": [_place(each) for each in places]}
            for area, places in survey.by_area().items()
        ],
        "blockers": [dataclasses.asdict(note) for note in survey.blockers],
        "left": [dataclasses.asdict(note) for note in survey.left],
        "unparsed": [dataclasses.asdict(note) for note in survey.unparsed],
        "next": [step._asdict() for step in steps(survey)],
    }


def _counts(places: Iterable[Place]) -> dict[str, int]:
    found = Counter(place.fate for place in places)
    return {fate: found[fate] for fate in (CONVERTED, STAYS, BLOCKS)}


def _place(place: Place) -> dict[str, Any]:
    use, row = place.use, place.row
    return {
        "path": use.path,
        "line": use.line,
        "column": use.column,
        "text": use.text,
        "old": row.old,
        "kind": row.kind,
        "way": use.way,
        "shim": row.shim,
        "native": row.native[catalogue.TARGETS.index(4)],
        "fate": place.fate,
        "why": place.why,
        "page": place.page,
        "rule": row.rule,
    }


# --- the terminal ----------------------------------------------------------------------------------


def show(console: Console, survey: Survey) -> None:
    """The inventory for people."""
    from rich.table import Table
    from rich.text import Text

    def line(text: str = "", style: str = "") -> None:
        console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)

    for note in survey.unparsed:
        line(shown(str(note)), "red")
    for note in survey.blockers:
        line(shown(str(note)), "yellow")
    for note in survey.left:
        line(shown(str(note)), "")
    if survey.places:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("area", "places", "converted", "stay", "guide"):
            table.add_column(title, justify="right" if title in ("places", "converted", "stay") else "left")
        for area, places in survey.by_area().items():
            counts = _counts(places)
            numbers = (str(len(places)), str(counts[CONVERTED]), str(counts[STAYS] + counts[BLOCKS]))
            table.add_row(area.title, *numbers, area.page)
        line()
        console.print(table)
        line()
        console.print(Text.assemble(*_bar(survey)), soft_wrap=True, highlight=False)
    line()
    line(f"{survey.looked_at} files looked at. {summary(survey)}", "bold")
    line(f"Stage {survey.stage.number}, {survey.stage.title.lower()}: {survey.stage.about}")
    for number, step in enumerate(steps(survey), 1):
        line(f"{number}. {step.about}")
        if step.command:
            line(f"   {step.command}", "cyan")


def summary(survey: Survey) -> str:
    """The numbers in words."""
    if not survey.places:
        return "Nothing of the old API is used." if not survey.unparsed else "Nothing else of the old API was found."
    files = len({place.use.path for place in survey.places})
    converted, stay, block = (survey.count(fate) for fate in (CONVERTED, STAYS, BLOCKS))
    text = f"The old API is used in {_many(len(survey.places), 'place')} in {_many(files, 'file')}. "
    text += f"The rewriter converts {converted} of them by itself"
    text += f"; {stay} can stay as they are on channels-compat, until somebody converts them." if stay else "."
    return text + (f" {block} must be replaced first, since channels-compat cannot run them either." if block else "")


def _many(number: int, what: str) -> str:
    return f"{number} {what}" + ("s" if number != 1 else "")


def _bar(survey: Survey) -> list[tuple[str, str]]:
    parts = (("old", survey.old, "orange3"), ("on the shim", survey.shim, "blue"), ("native", survey.native, "green"))
    whole = sum(number for _, number, _ in parts)
    bar = [("█" * round(_BAR * number / whole), style) for _, number, style in parts]
    legend = [(f"  {number} {name}", style) for name, number, style in parts]
    return [*bar, *legend]
