"""Code that is no consumer and sends to groups: views, signals, tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node

from ..source import Source
from .body import channel_edit, channel_name, event_of, group_edit, inside, is_group_send
from .files import File, Files

if TYPE_CHECKING:
    from .project import Plan


def convert_sends(files: Files, plan: Plan) -> None:
    """``Group(name).send(content)`` and ``Channel("name").send({…})`` in functions of modules that no legacy consumer
    has to do with: those that stay on the shim send in an order that only the shim keeps."""
    legacy = _near_consumers(files, plan)
    found: list[tuple[File, cst.Call]] = []
    for path in sorted({*files.with_word("Group"), *files.with_word("Channel")} & set(files.with_word("compat"))):
        file = files.get(path)
        if file is not None and path not in legacy:
            found.extend((file, node) for node in _sends(file))
    called = _called_in_coroutines(files, {name for file, node in found for name in _functions(file.source, node)})
    for file, node in found:
        function = _function(file.source, node)
        awaited = isinstance(function, cst.FunctionDef) and function.asynchronous is not None
        if not awaited and _runs_in_loop(file.source, node, called):
            why = "stays on the shim: a coroutine may call this, where async_to_sync cannot be used"
            plan.left.append((file, node, why, "rewriter.md#groups", "sends"))
            continue
        if not awaited:
            file.imports.append("from asgiref.sync import async_to_sync")
        layer = f"{_layer(file)}()"
        to_group = is_group_send(file.source, node)
        file.edits[node] = group_edit(layer, event_of, awaited=awaited) if to_group else channel_edit(layer, awaited)
        to = "group" if to_group else "channel"
        plan.made.append((file, node, f"send to the {to} by channels' own layer", "sends"))


def _sends(file: File) -> Iterator[cst.Call]:
    """What is to be converted in a file."""
    for node in file.source.nodes.get(cst.Call, []):
        assert isinstance(node, cst.Call)
        if not is_group_send(file.source, node) and channel_name(file.source, node) is None:
            continue
        replaced = node in file.edits or any(above in file.edits for above in file.source.ancestors(node))
        if not replaced and not file.source.ignores(node, "NA203", "sends"):
            yield node


def _functions(source: Source, node: cst.CSTNode) -> Iterator[str]:
    for above in source.ancestors(node):
        if isinstance(above, cst.FunctionDef):
            yield above.name.value


def _layer(file: File) -> str:
    """What get_channel_layer is called in a file, which imports it."""
    name = "get_channel_layer"
    if any(file.source.meaning(node) == f"channels.layers.{name}" for node in file.source.nodes.get(cst.Name, [])):
        return name
    if file.source.binds(name):
        file.imports.append(f"from channels.layers import {name} as get_native_layer")
        return "get_native_layer"
    file.imports.append(f"from channels.layers import {name}")
    return name


def _called_in_coroutines(files: Files, names: set[str]) -> set[str]:
    """Those of some functions that coroutines of the project may call."""
    found: set[str] = set()
    coroutines = set(files.with_word("async")) if names else set()
    for path in coroutines.intersection(path for name in names for path in files.with_word(name)):
        file = files.get(path)
        for function in file.source.nodes.get(cst.FunctionDef, []) if file else ():
            assert isinstance(function, cst.FunctionDef)
            if function.asynchronous is not None:
                calls = (node for node in inside(function.body) if isinstance(node, cst.Call))
                found.update((get_full_name_for_node(node.func) or "").rpartition(".")[2] for node in calls)
    return found & names


def _runs_in_loop(source: Source, node: cst.CSTNode, called: set[str]) -> bool:
    functions = [above for above in source.ancestors(node) if isinstance(above, (cst.FunctionDef, cst.Lambda))]
    for function in functions:
        if isinstance(function, cst.FunctionDef) and (function.asynchronous or function.name.value in called):
            return True
    return False


def _function(source: Source, node: cst.CSTNode) -> cst.CSTNode | None:
    return next((above for above in source.ancestors(node) if isinstance(above, (cst.FunctionDef, cst.Lambda))), None)


def _near_consumers(files: Files, plan: Plan) -> set[str]:
    """The files with consumers that stay on the shim, and those that they import."""
    replaced = {n for s in plan.sockets if s.native and not s.refused for n in s.native.replaced}
    replaced.update(n for worker in plan.workers if worker.native for n in worker.native.replaced)
    converted = {id(entry) for s in plan.sockets if not s.refused for entry in s.entries}
    converted.update(id(entry) for s in plan.sockets if s.native and not s.refused for entry in s.native.streams)
    converted.update(id(worker.entry) for worker in plan.workers)
    found: set[str] = set()
    for entry in plan.routing.entries:
        if entry.consumer is not None and id(entry) not in converted:
            target = files.find(entry.file, entry.consumer)
            found.update({target[0].path} if target is not None else ())
    for path in files.with_word("reply_channel"):
        file = files.get(path)
        if file is not None and any(
            _is_kept(file, node, replaced) for node in file.source.nodes.get(cst.Attribute, [])
        ):
            found.add(path)
    waiting = list(found)
    while waiting:
        for path in _imported(files, waiting.pop()):
            if path not in found:
                found.add(path)
                waiting.append(path)
    return found


def _is_kept(file: File, node: cst.CSTNode, replaced: set[cst.FunctionDef | cst.ClassDef]) -> bool:
    assert isinstance(node, cst.Attribute)
    return node.attr.value == "reply_channel" and not any(above in replaced for above in file.source.ancestors(node))


def _imported(files: Files, path: str) -> list[str]:
    """The files of the modules that one imports. By Python's own parser, since this may be the whole project."""
    try:
        module = ast.parse(files.data[path])
    except (SyntaxError, ValueError):
        return []
    names: list[str] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            joint = "" if base.endswith(".") else "."
            names.extend([base, *(f"{base}{joint}{alias.name}" for alias in node.names)])
    found = (files.path_of(name, path) for name in names)
    return [target for target in found if target]
