"""A native consumer as an asynchronous one, where every call in it is known to have an asynchronous form, or to be so
short that it needs none."""

from __future__ import annotations

from typing import Any

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ..engine import apply
from ..model import Edit, Node
from .files import File

_AWAITED = frozenset(("accept", "close", "send", "send_json", "websocket_send"))
_ROLES = frozenset(("connect", "disconnect", "receive", "receive_json", "websocket_send"))
_BUILTINS = frozenset(
    (
        "bool",
        "dict",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
        "max",
        "min",
        "range",
        "repr",
        "round",
        "set",
        "sorted",
    )
    + ("str", "sum", "tuple")
)
_FUNCTIONS = frozenset(("json.dumps", "json.loads", "parse_qs", "parse_qsl"))
# Methods of strings, lists and dicts; of a variable only, since managers have get() and update() too.
_METHODS = frozenset(
    (
        "append",
        "endswith",
        "format",
        "get",
        "items",
        "join",
        "keys",
        "lower",
        "partition",
        "pop",
        "replace",
        "setdefault",
    )
    + ("split", "startswith", "strip", "update", "upper", "values")
)
# Fields of a user that are loaded with it; anything else may ask the database.
_USER_FIELDS = frozenset(
    ("email", "first_name", "id", "is_active", "is_anonymous", "is_authenticated", "is_staff", "is_superuser")
    + ("last_name", "pk", "username")
)


def asynchronous(node: cst.ClassDef, base: str, file: File) -> cst.ClassDef | None:
    """The class with coroutines for methods; None if something in it may block.

    Args:
        node: the synchronous native consumer.
        base: its native base class.
        file: where it is, for what names mean.
    """
    methods = {each.name.value: each for each in node.body.body if isinstance(each, cst.FunctionDef)}
    if any(not _may_await(method, methods, file) for method in methods.values()):
        return None
    coroutines = set(_ROLES & methods.keys())
    while True:
        more = {name for name, method in methods.items() if _awaits(method, coroutines)} - coroutines
        if not more:
            break
        coroutines |= more
    edits: dict[Node, Edit] = {}
    for name in coroutines:
        edits[methods[name]] = lambda updated: updated.with_changes(asynchronous=cst.Asynchronous())
        for each in _calls(methods[name]):
            if _is_awaited(each, coroutines):
                edits[each] = _await
    changed = apply(cst.Module([node]), edits).body[0]
    assert isinstance(changed, cst.ClassDef)
    return changed.with_changes(bases=[cst.Arg(cst.Name(f"Async{base}"))])


def _calls(node: Node) -> list[cst.Call]:
    found = [node] if isinstance(node, cst.Call) else []
    for child in node.children:
        found.extend(_calls(child))
    return found


def _is_awaited(node: cst.Call, coroutines: set[str]) -> bool:
    if isinstance(node.func, cst.Call):  # async_to_sync(…)(…)
        return get_full_name_for_node(node.func.func) == "async_to_sync"
    name = get_full_name_for_node(node.func) or ""
    return name.startswith("self.") and name[5:] in _AWAITED | coroutines


def _awaits(method: cst.FunctionDef, coroutines: set[str]) -> bool:
    return any(_is_awaited(each, coroutines) for each in _calls(method))


def _await(updated: Any) -> cst.Await:
    if isinstance(updated.func, cst.Call):
        updated = updated.with_changes(func=updated.func.args[0].value)
    return cst.Await(updated)


def _may_await(method: cst.FunctionDef, methods: dict[str, cst.FunctionDef], file: File) -> bool:
    def fine(node: Node) -> bool:
        if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.With, cst.GeneratorExp, cst.Import, cst.ImportFrom)):
            return False
        if isinstance(node, cst.Attribute) and _is_user(node.value) and node.attr.value not in _USER_FIELDS:
            return False
        if isinstance(node, cst.Call) and not _is_short(node, methods, file):
            return False
        return all(fine(child) for child in node.children)

    return fine(method.body)


def _is_user(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Subscript) and cst.Module([]).code_for_node(node) == 'self.scope["user"]'


def _is_short(node: cst.Call, methods: dict[str, cst.FunctionDef], file: File) -> bool:
    if isinstance(node.func, cst.Call):
        return _is_awaited(node, set())
    name = get_full_name_for_node(node.func) or ""
    if name == "async_to_sync" or name in _FUNCTIONS:
        return True
    if name in _BUILTINS:
        return name not in file.top and name not in methods
    if name.startswith("self."):
        return name[5:] in _AWAITED | methods.keys() or name.startswith("self.channel_session.")
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _METHODS:
        owner = node.func.value
        return isinstance(owner, cst.SimpleString) or (isinstance(owner, cst.Name) and owner.value not in file.top)
    return False
