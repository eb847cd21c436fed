"""Requirements: channels-compat beside a pinned channels < 2; with --target, the versions to run on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from compat import catalogue

from ..model import SHIM, Change, Edit, LineChange, LineLeft, Node, Options, Verdict
from ..source import Source

CODE, STAGE = "SH106", SHIM
ABOUT = "Requirements name channels-compat; with --target also the channels, daphne and Redis layer of that version."

_FILE = re.compile(
    r"(^|/)([\w.-]*requirements[\w.-]*\.(txt|in)|requirements/[\w.-]+\.(txt|in)|Pipfile|setup\.cfg|pyproject\.toml)$"
)
_NAME = re.compile(r"^([A-Za-z0-9][\w.-]*)(\[[\w, -]*\])?")
_OLD_VERSION = re.compile(r"(==|~=|<=|<|\^)\s*['\"]?[01](\.|\b)|<\s*2(\.0)*\b|=\s*['\"][01]\.")
# What may stand on a line of its own: `"channels<1",` in a list, `channels = "<1"` in a table, channels<1.
_QUOTED, _IN_TABLE = re.compile(r"[\"'].*[\"'],?$"), re.compile(r"[\w.-]+\s*=\s*[\"'{]")
# Between several in one line.
_BETWEEN = re.compile(r"[\"'\[\],;]+|\s=\s")
# Packages that exist for channels < 2 only: no version is needed to see it.
_OLD_ONLY = frozenset(("asgi-redis", "asgi-ipc"))
_PACKAGES = {row.old.replace("_", "-"): row for row in catalogue.ROWS if row.kind == catalogue.PACKAGE}
_SHIM = "channels-compat"


def files(path: str) -> bool:
    return bool(_FILE.search(path))


def _package(requirement: str) -> str:
    """The name of the package that an old requirement asks for, as in _PACKAGES; "" for all others."""
    match = _NAME.match(requirement.strip().strip("\"'"))
    name = match[1].lower().replace("_", "-") if match else ""
    return name if name in _PACKAGES and (name in _OLD_ONLY or _OLD_VERSION.search(requirement)) else ""


def _replacement(package: str, target: int | None) -> str | None:
    """What to require instead; "" for nothing, None for no change."""
    if target is None:
        return None
    native = _PACKAGES[package].native[catalogue.TARGETS.index(target)]
    return native if ">=" in native else ""


def lines(text: list[str], options: Options) -> Iterator[LineChange | LineLeft]:
    has_shim = any(line.strip().strip("\"'").replace("_", "-").startswith(_SHIM) for line in text)
    for number, line in enumerate(text):
        line = line.rstrip("\r\n")
        requirement, _, comment = line.partition(" #")
        package = _package(requirement)
        if not package:
            if any(map(_package, _BETWEEN.split(requirement))):
                yield LineLeft(number, "several in one line: add channels-compat there", "rewriter.md#requirements")
            continue
        if "--hash" in requirement or requirement.endswith("\\"):
            yield LineLeft(number, "add channels-compat with its hashes", "rewriter.md#requirements")
            continue
        new = _replacement(package, options.target)
        wanted = [line] if new is None else [_like(requirement, new, comment)] if new else []
        if package == "channels" and not has_shim:
            wanted.append(_like(requirement, _SHIM))
            # The last one of a list may do without.
            if _QUOTED.match(requirement.strip()) and not requirement.rstrip().endswith(","):
                wanted[0] = wanted[0].replace(requirement.rstrip(), requirement.rstrip() + ",", 1)
        if wanted != [line]:
            asked = " and ".join(each.strip() for each in wanted)
            about = f"require {asked}" if wanted else f"{package} is not needed any more"
            yield LineChange(number, about, {number: wanted})


def _like(line: str, requirement: str, comment: str = "") -> str:
    """A line for ``requirement`` as ``line`` is one for another."""
    indent, body = line[: len(line) - len(line.lstrip())], line.strip()
    if _QUOTED.match(body):
        requirement = f"{body[0]}{requirement}{body[0]},"
    elif _IN_TABLE.match(body):
        name, versions = _split(requirement)
        requirement = f'{name} = "{versions or "*"}"'
    return indent + requirement + (f" #{comment}" if comment else "")


def _split(requirement: str) -> tuple[str, str]:
    name = requirement.partition(">=")[0]
    return name, requirement[len(name) :]


def python(source: Source, options: Options) -> Iterator[Verdict]:
    """The strings in the lists of a setup.py."""
    if source.path.replace("\\", "/").rpartition("/")[2] != "setup.py":
        return
    strings = [node for node in source.nodes.get(cst.SimpleString, []) if isinstance(node, cst.SimpleString)]
    has_shim = any(str(node.evaluated_value).replace("_", "-").startswith(_SHIM) for node in strings)
    for node in strings:
        element = source.parents[node]
        if not isinstance(element, cst.Element) or not isinstance(source.parents[element], (cst.List, cst.Tuple)):
            continue
        package = _package(str(node.evaluated_value))
        if not package:
            continue
        new = _replacement(package, options.target)
        wanted = [node.value] if new is None else [f"{node.quote}{new}{node.quote}"] if new else []
        if package == "channels" and not has_shim:
            wanted.append(f"{node.quote}{_SHIM}{node.quote}")
        if wanted != [node.value]:
            edits: dict[Node, Edit] = {element: _elements(wanted)}
            yield Change(node, "require " + (" and ".join(wanted) or "nothing instead"), edits)


def _elements(values: list[str]) -> Edit:
    def edit(updated: cst.Element) -> cst.FlattenSentinel[cst.Element] | cst.RemovalSentinel:
        if not values:
            return cst.RemoveFromParent()
        first = [cst.Element(cst.SimpleString(value), cst.Comma(cst.SimpleWhitespace(""), cst.SimpleWhitespace(" ")))
                 for value in values[:-1]]  # fmt: skip
        return cst.FlattenSentinel([*first, updated.with_changes(value=cst.SimpleString(values[-1]))])

    return edit
