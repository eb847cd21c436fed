"""``python -m compat inventory``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from compat.rewriter.cli import USAGE, Parser, UsageError, configuration, listed, without_libcst

DESCRIPTION = """\
Tell what of the API of channels 0.17 a project uses, where, what channels-compat does with it, what the rewriter can
convert, what remains by hand, and what to do next. Only looks; changes nothing.
"""
EPILOG = """\
Exit code: 0 nothing of the old API is used, 1 all that is can be converted by the rewriter, 2 places are left for
hands or files do not parse, 3 usage. The options target and exclude may stand in pyproject.toml: [tool.compat].
"""


def parser() -> argparse.ArgumentParser:
    """The options. Needs no LibCST, so that ``--help`` works without it."""
    made = Parser(
        prog="python -m compat inventory",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("path", metavar="PATH", help="the folder of the project")
    made.add_argument("--html", metavar="FILE", help="write a web page too, which needs no other file")
    made.add_argument("--json", action="store_true", help="print the inventory as JSON instead")
    made.add_argument("--target", type=int, choices=(2, 3, 4), help="major version of channels to go to (default: 4)")
    made.add_argument("--exclude", metavar="PATTERN", action="append", help="no files like this (repeatable)")
    made.add_argument("--jobs", type=int, metavar="N", help="processes (default: as many as pay)")
    return made


def main(arguments: Sequence[str]) -> int:
    """The command line.

    Args:
        arguments: what follows ``python -m compat inventory``.

    Returns:
        the exit code, see EPILOG.
    """
    given = parser().parse_args(arguments)
    missing = without_libcst("inventory")
    if missing:
        print(missing, file=sys.stderr)
        return USAGE
    try:
        return _run(given)
    except UsageError as error:
        print(f"python -m compat inventory: {error}", file=sys.stderr)
        return USAGE


def _run(given: argparse.Namespace) -> int:
    from rich.console import Console

    from compat.rewriter.files import NoSuchPath

    from . import page, report
    from .survey import survey

    root = Path(given.path)
    folder = root.resolve()
    config = configuration(folder if folder.is_dir() else folder.parent)
    target = given.target or config.get("target") or 4
    if target not in (2, 3, 4):
        raise UsageError("[tool.compat] target must be 2, 3 or 4")
    try:
        found = survey(root, listed(given.exclude, config, "exclude"), target, given.jobs)
    except NoSuchPath as error:
        raise UsageError(str(error)) from None
    if given.json:
        sys.stdout.write(report.as_json(found))
    else:
        report.show(Console(), found)
    if given.html:
        try:
            Path(given.html).write_bytes(page.render(found, folder.name).encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UsageError(f"{given.html}: {error.strerror}") from None
    return report.exit_code(found)
