"""Dotted names in strings: ``mock.patch("channels.Group")``, ``route("http.request", "channels.staticfiles…")``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.helpers import get_full_name_for_node

from compat import catalogue

from ..model import SHIM, Change, Edit, Left, Options, Verdict
from ..source import Source

CODE, STAGE = "SH103", SHIM
ABOUT = "Dotted old names in strings that something is imported by become those of compat.v0."

# Functions that import what a string names.
_IMPORTERS = frozenset(
    (
        "patch",
        "import_string",
        "import_module",
        "__import__",
        "resolve_name",
        "locate",
        "route",
        "route_class",
        "include",
    )
)


def python(source: Source, options: Options) -> Iterator[Verdict]:
    for node in source.nodes.get(cst.SimpleString, []):
        assert isinstance(node, cst.SimpleString)
        if "channels." not in node.value or node.prefix not in ("", "u", "r"):
            continue
        dotted = str(node.evaluated_value)
        if not dotted.startswith("channels.") or not catalogue.is_old(dotted):
            continue
        if _is_imported(source, node):
            new = node.value.replace("channels.", "compat.v0.", 1)
            yield Change(node, f"name {catalogue.shim_of(dotted)}", {node: _with_value(new)})
        elif dotted in catalogue.BY_OLD and not _is_docstring(source, node):
            why = f"if this string names something to import, write {catalogue.shim_of(dotted)}"
            yield Left(node, why, "rewriter.md#imports")


def _with_value(value: str) -> Edit:
    return lambda updated: updated.with_changes(value=value)


def _is_imported(source: Source, node: cst.SimpleString) -> bool:
    parent = source.parents[node]
    if isinstance(parent, cst.DictElement):  # the dict form of routing
        key = parent.key
        return (
            parent.value is node
            and isinstance(key, cst.SimpleString)
            and str(key.evaluated_value).startswith(("http.", "websocket."))
        )
    call = source.parents[parent] if isinstance(parent, cst.Arg) else None
    if not isinstance(call, cst.Call):
        return False
    return (get_full_name_for_node(call.func) or "").rpartition(".")[2] in _IMPORTERS


def _is_docstring(source: Source, node: cst.SimpleString) -> bool:
    return isinstance(source.parents[node], cst.Expr)
