"""Code that is no consumer and sends to groups: views, signals, tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..source import Source
from .body import event_of, group_edit, is_group_send
from .files import File, Files

if TYPE_CHECKING:
    from .project import Plan


def convert_sends(files: Files, plan: Plan) -> None:
    """``Group(name).send(content)`` in functions of modules that no legacy consumer has to do with: those that stay on
    the shim send in an order that only the shim keeps."""
    legacy = _near_consumers(files, plan)
    for path in sorted(files.with_word("Group")):
        file = files.get(path)
        if file is None or path in legacy:
            continue
        for node in file.source.nodes.get(cst.Call, []):
            if node in file.edits or not is_group_send(file.source, node) or _is_replaced(file, node):
                continue
            if file.source.ignores(node, "NA203", "sends"):
                continue
            if _in_coroutine(file.source, node):
                why = "stays on the shim: in a coroutine, await channel_layer.group_send"
                plan.left.append((file, node, why, "rewriter.md#groups", "sends"))
            else:
                name = "get_channel_layer"
                if file.source.binds(name):
                    name = "get_native_layer"
                    file.imports.append(f"from channels.layers import get_channel_layer as {name}")
                else:
                    file.imports.append(f"from channels.layers import {name}")
                file.imports.append("from asgiref.sync import async_to_sync")
                file.edits[node] = group_edit(f"{name}()", event_of)
                plan.made.append((file, node, "send to the group by channels' own layer", "sends"))


def _is_replaced(file: File, node: cst.CSTNode) -> bool:
    return any(above in file.edits for above in file.source.ancestors(node))


def _in_coroutine(source: Source, node: cst.CSTNode) -> bool:
    for above in source.ancestors(node):
        if isinstance(above, (cst.FunctionDef, cst.Lambda)):
            return isinstance(above, cst.FunctionDef) and above.asynchronous is not None
    return False


def _near_consumers(files: Files, plan: Plan) -> set[str]:
    """The files with consumers that stay on the shim, and those that they import."""
    replaced = {n for s in plan.sockets if s.native and not s.refused for n in s.native.replaced}
    converted = {id(entry) for s in plan.sockets if not s.refused for entry in s.entries}
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
        file = files.get(waiting.pop())
        for path in _imported(files, file) if file else ():
            if path not in found:
                found.add(path)
                waiting.append(path)
    return found


def _is_kept(file: File, node: cst.CSTNode, replaced: set[cst.FunctionDef | cst.ClassDef]) -> bool:
    assert isinstance(node, cst.Attribute)
    return node.attr.value == "reply_channel" and not any(above in replaced for above in file.source.ancestors(node))


def _imported(files: Files, file: File) -> list[str]:
    modules = []
    for node in file.source.nodes.get(cst.ImportFrom, []):
        assert isinstance(node, cst.ImportFrom)
        base = "." * len(node.relative)
        base += "" if node.module is None else file.source.module.code_for_node(node.module)
        modules.append(base)
        if not isinstance(node.names, cst.ImportStar):
            joint = "" if base.endswith(".") else "."
            modules.extend(f"{base}{joint}{alias.evaluated_name}" for alias in node.names)
    for node in file.source.nodes.get(cst.Import, []):
        assert isinstance(node, cst.Import)
        modules.extend(alias.evaluated_name for alias in node.names)
    found = [files.module(module, file.path) for module in modules]
    return [target.path for target in found if target is not None]
