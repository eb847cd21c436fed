"""``python -m compat rewrite``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

USAGE = 3
_CONFIG_KEYS = frozenset(("to", "target", "async", "only", "skip", "exclude"))

DESCRIPTION = """\
Move code from the API of channels 0.17 onto the shim (--to shim), and on to that of channels 2, 3 or 4 (--to native).
What cannot be converted surely is left as it was and named. Without --diff or --write, tells what it would do.
"""
EPILOG = """\
Exit code: 0 nothing to do, 1 changes made or wanted, 2 places left for hands or files not parsed, 3 usage.
A comment "# compat: ignore" keeps a line, "# compat: ignore[RULE]" from one rule, "# compat: ignore-file" a file.
Options may stand in pyproject.toml: [tool.compat] to, target, async, only, skip, exclude.
"""


ASYNC = "asynchronous native consumers where every call in them has an asynchronous form"


class UsageError(Exception):
    """The command line, or [tool.compat], is wrong."""


class Parser(argparse.ArgumentParser):
    """Ends with USAGE."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The options. Needs no LibCST, so that ``--help`` works without it."""
    made = Parser(
        prog="python -m compat rewrite",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("paths", metavar="PATH", nargs="*", help="files and folders; - for standard input")
    made.add_argument("--to", choices=("shim", "native"), help="how far to go (default: shim)")
    made.add_argument("--target", type=int, choices=(2, 3, 4), help="major version of channels (native: 4)")
    made.add_argument("--async", dest="asynchronous", action="store_true", default=None, help=ASYNC)
    mode = made.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only tell what there is to do (the default)")
    mode.add_argument("--diff", action="store_true", help="print the changes, for git apply")
    mode.add_argument("--write", action="store_true", help="make the changes")
    made.add_argument("--only", metavar="RULE", action="append", help="only this rule (name or code; repeatable)")
    made.add_argument("--skip", metavar="RULE", action="append", help="not this rule (repeatable)")
    made.add_argument("--exclude", metavar="PATTERN", action="append", help="no files like this (repeatable)")
    made.add_argument("--list", action="store_true", help="list the rules")
    made.add_argument("--report", metavar="FILE", help="write the report as JSON too; - for standard output")
    made.add_argument("--allow-dirty", action="store_true", help="write though git has changes not committed")
    made.add_argument("--jobs", type=int, metavar="N", help="processes (default: as many as pay)")
    return made


def configuration(start: Path) -> dict[str, Any]:
    """[tool.compat] of the nearest pyproject.toml at or above ``start``.

    Raises:
        UsageError: it has a key that we do not know, or is no TOML.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        data = file.read_bytes()
        if b"tool.compat" not in data:
            return {}
        found = _toml(data, file).get("tool", {}).get("compat", {})
        unknown = sorted(set(found) - _CONFIG_KEYS)
        if unknown:
            raise UsageError(f"{file}: [tool.compat] has no {', '.join(unknown)}; there are {', '.join(_CONFIG_KEYS)}")
        return dict(found)
    return {}


def _toml(data: bytes, file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found,no-redef,unused-ignore]
    try:
        found: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
        return found
    except ValueError as error:
        raise UsageError(f"{file}: {error}") from None


def listed(given: list[str] | None, config: dict[str, Any], key: str) -> list[str]:
    """The values of an option that may be given several times, or else in [tool.compat]."""
    values = given or config.get(key) or []
    if not isinstance(values, list):
        raise UsageError(f"[tool.compat] {key} must be a list")
    return [name for value in values for name in str(value).split(",")]


def without_libcst(who: str) -> str:
    """What to say where LibCST or rich is not installed; "" where they are."""
    try:
        import libcst  # noqa: F401
        import rich  # noqa: F401
    except ImportError as error:
        return (
            f"The {who} needs {error.name}: python -m pip install 'channels-compat[rewrite]' "
            "(it may be in another environment than your project's; Python 3.9 or newer)"
        )
    return ""


def main(arguments: Sequence[str]) -> int:
    """The command line.

    Args:
        arguments: what follows ``python -m compat rewrite``.

    Returns:
        the exit code, see EPILOG.
    """
    given = parser().parse_args(arguments)
    missing = without_libcst("rewriter")
    if missing:
        print(missing, file=sys.stderr)
        return USAGE
    try:
        return _run(given)
    except UsageError as error:
        print(f"python -m compat rewrite: {error}", file=sys.stderr)
        return USAGE


def _run(given: argparse.Namespace) -> int:
    from .model import NATIVE, Options
    from .registry import all_rules

    if given.list:
        for rule in all_rules():
            print(f"{rule.code}  {rule.name:16} {rule.stage:7} {rule.about}")
        return 0
    if not given.paths:
        raise UsageError("name at least one PATH, for instance the folder of the project: .")
    first = Path.cwd() if given.paths == ["-"] else Path(given.paths[0]).resolve()
    config = configuration(first if first.is_dir() else first.parent)
    options = Options(
        to=given.to or config.get("to", "shim"),
        target=given.target or config.get("target"),
        asynchronous=bool(config.get("async") if given.asynchronous is None else given.asynchronous),
        only=frozenset(listed(given.only, config, "only")),
        skip=frozenset(listed(given.skip, config, "skip")),
    )
    if options.to not in ("shim", "native") or options.target not in (None, 2, 3, 4):
        raise UsageError("[tool.compat] to must be shim or native, and target 2, 3 or 4")
    known = {name for rule in all_rules() for name in (rule.name, rule.code)}
    for name in sorted((options.only | options.skip) - known):
        raise UsageError(f"there is no rule {name}; --list shows them")
    if options.to == NATIVE and options.target is None:
        options = dataclasses.replace(options, target=4)
    if given.paths == ["-"]:
        return _standard_input(options, given.diff)
    return _files(given, options, listed(given.exclude, config, "exclude"))


def _standard_input(options: Any, as_diff: bool) -> int:
    from . import diff
    from .engine import judge
    from .report import exit_code

    result = judge("<stdin>", sys.stdin.buffer.read(), options)
    for note in (*result.left, *([result.error] if result.error else [])):
        print(note, file=sys.stderr)
    sys.stdout.buffer.write(diff.of_result(result, "stdin") if as_diff else result.after or b"")
    return exit_code([result])


def _files(given: argparse.Namespace, options: Any, exclude: list[str]) -> int:
    from rich.console import Console

    from . import diff, files, report
    from .run import read, rewrite_texts

    paths = [Path(path) for path in given.paths]
    if given.write and not given.allow_dirty:
        dirty = files.dirty(path for path in paths if path.exists())
        if dirty:
            shown = ", ".join(dirty[:5]) + (" …" if len(dirty) > 5 else "")
            raise UsageError(f"git has changes that are not committed ({shown}); commit them, or --allow-dirty")
    try:
        found = files.find(paths, exclude)
    except files.NoSuchPath as error:
        raise UsageError(str(error)) from None
    to_stderr = given.diff or given.report == "-"
    console = Console(stderr=to_stderr)
    results = rewrite_texts(read(found, options), options, given.jobs, Console(stderr=True))
    if given.write:
        for result in results:
            if result.changed and result.after is not None:
                Path(result.path).write_bytes(result.after)
    if given.diff:
        for part in diff.of_all(results):
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    if given.report:
        text = report.as_json(results, options)
        if given.report == "-":
            sys.stdout.write(text)
        else:
            Path(given.report).write_text(text, "utf-8")
    report.show(console, results, given.write, len(found))
    return report.exit_code(results)
