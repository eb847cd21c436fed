"""INSTALLED_APPS gets "compat", which is all that the shim needs of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from ..model import SHIM, Change, Edit, Left, Options, Verdict
from ..source import Source

CODE, STAGE = "SH104", SHIM
ABOUT = '"compat" stands beside "channels", or "otree", in INSTALLED_APPS.'

# An oTree project names no channels among its apps. That it has sockets of its own shows by these.
_OTREE_SOCKETS = ("CHANNEL_ROUTING", "CHANNEL_LAYERS", "EXTENSION_APPS")


def python(source: Source, options: Options) -> Iterator[Verdict]:
    if "INSTALLED_APPS" not in source.text:
        return
    strings = [node for node in source.nodes.get(cst.SimpleString, []) if isinstance(node, cst.SimpleString)]
    if any(str(node.evaluated_value).split(".")[0] == "compat" for node in strings):
        return
    apps = [node for node in strings if _is_for_apps(source, node)]
    found = [node for node in apps if node.evaluated_value == "channels"]
    if not found and any(name in source.text for name in _OTREE_SOCKETS):
        found = [node for node in apps if node.evaluated_value == "otree"]
    for node in found[:1]:
        element = source.parents[node]
        sequence = source.parents[element]
        if isinstance(element, cst.Element) and isinstance(sequence, (cst.List, cst.Tuple)):
            yield Change(node, 'add "compat" to INSTALLED_APPS', {sequence: _with_compat(node.value)})
        else:
            yield Left(node, f'add "compat" to INSTALLED_APPS, beside {node.value}', "rewriter.md#settings")


def _is_for_apps(source: Source, node: cst.SimpleString) -> bool:
    for ancestor in source.ancestors(node):
        if isinstance(ancestor, cst.Assign):
            return any(_is_apps(target.target) for target in ancestor.targets)
        if isinstance(ancestor, (cst.AnnAssign, cst.AugAssign)):
            return _is_apps(ancestor.target)
        if isinstance(ancestor, cst.Call) and isinstance(ancestor.func, cst.Attribute):
            return _is_apps(ancestor.func.value)
        if isinstance(ancestor, cst.BaseSmallStatement):
            return False
    return False


def _is_apps(target: cst.BaseExpression) -> bool:
    return isinstance(target, cst.Name) and target.value == "INSTALLED_APPS"


def _with_compat(beside: str) -> Edit:
    def edit(sequence: Any) -> Any:
        elements = list(sequence.elements)
        at = next(index for index, element in enumerate(elements) if getattr(element.value, "value", "") == beside)
        before = _whitespace_before(sequence, at)
        if isinstance(before, cst.ParenthesizedWhitespace):
            # The break and the indentation without the comment, which belongs to the line above.
            before = before.with_changes(
                first_line=cst.TrailingWhitespace(newline=before.first_line.newline), empty_lines=[]
            )
        else:
            before = cst.SimpleWhitespace(" ")
        name = cst.SimpleString(beside.replace("channels", "compat").replace("otree", "compat"))
        new = cst.Element(name, comma=cst.Comma(whitespace_after=before))
        return sequence.with_changes(elements=[*elements[:at], new, *elements[at:]])

    return edit


def _whitespace_before(sequence: Any, at: int) -> Any:
    if at:
        return sequence.elements[at - 1].comma.whitespace_after
    bracket = sequence.lbracket if isinstance(sequence, cst.List) else (sequence.lpar[0] if sequence.lpar else None)
    return bracket.whitespace_after if bracket is not None else cst.SimpleWhitespace(" ")
