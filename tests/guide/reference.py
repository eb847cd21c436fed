"""Writes the guide's reference table from the catalogue: ``python -m tests.guide.reference``, in the repository."""

from __future__ import annotations

from itertools import groupby

from compat import catalogue

from .pages import GUIDE

PAGE = GUIDE / "reference.md"
HEAD = """# Every name, and what became of it

Search for the old name. The second column is how it is written for the shim; the old imports work there too. "How" is
what `python -m compat rewrite --to native` does with it: *automatic*, *partly* (where it is sure), or left *by hand*.
"""
TITLES = {
    catalogue.MESSAGE: "Messages, taken and sent",
    catalogue.NAME: "Names to import",
    catalogue.MODULE: "Modules of layers",
    catalogue.SETTING: "Settings",
    catalogue.COMMAND: "Commands",
    catalogue.PACKAGE: "Requirements",
}


def cell(text: str) -> str:
    return text if " " in text or not text.isascii() else f"`{text}`"


def line(row: catalogue.Row) -> str:
    two, three, four = row.native
    native = cell(four) + "".join(
        f"; channels {version}: {cell(text)}" for version, text in ((2, two), (3, three)) if text != four
    )
    shim = "stays" if row.shim == row.old else cell(row.shim)
    how = row.how + (f": {row.why}" if row.why else "")
    return f"| `{row.old}` | {shim} | {native} | {how} | [{row.area.title}]({row.area.page}) |"


def text() -> str:
    """The page."""
    parts = [HEAD]
    order = list(TITLES)
    rows = sorted(catalogue.ROWS, key=lambda row: order.index(row.kind))
    for kind, found in groupby(rows, key=lambda row: row.kind):
        parts.append(f"## {TITLES[kind]}\n\n| channels 0.17 | on the shim | channels 2, 3 and 4 | how | see |")
        parts.append("|---|---|---|---|---|")
        parts += [line(row) for row in found]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")
