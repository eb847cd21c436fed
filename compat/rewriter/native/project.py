"""Decides which sockets of a project become native, and changes all files that have to do with them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any

import libcst as cst
from libcst import Module

from ..engine import add_imports, apply
from ..model import Edit, Node, Note, Options, Result
from ..registry import all_rules
from ..source import Source
from . import paths
from .application import Application
from .asynchronous import asynchronous
from .body import Refused
from .classes import GenericClass
from .files import File, Files
from .routing import CLASS, SOCKETS, UNKNOWN, Entry, Reader, Routing
from .sends import convert_sends
from .sockets import Functions, Native, Socket, check_path, check_unused, find_consumers
from .streams import Demultiplexer, is_demultiplexer
from .workers import Worker, workers

_RULE = "consumers"
_WORKERS = "rewriter.md#custom-channels"


def convert(results: list[Result], everything: dict[str, bytes], options: Options) -> list[Result]:
    """Take a project that is on the shim further.

    Args:
        results: what became of its files on the shim.
        everything: path -> bytes of all its Python files.
        options: what is asked for.

    Returns:
        the results with the further changes, and those of files that are new.
    """
    data = {**everything, **{r.path: r.after for r in results if r.after is not None and r.path.endswith(".py")}}
    broken = {result.path for result in results if result.error}
    files = Files({path: text for path, text in data.items() if path not in broken})
    plan = Plan(files, options)
    wanted = {rule.name for rule in all_rules() if rule.wanted(options)}
    if "consumers" in wanted:
        plan.make()
    if "sends" in wanted:
        convert_sends(files, plan)
    return plan.results(results)


class Plan:
    """What is to be done."""

    def __init__(self, files: Files, options: Options) -> None:
        self.files, self.options = files, options
        self.routing: Routing = Reader(files).read()
        self.sockets = _sockets(self.routing.entries)
        self.workers: list[Worker] = []
        self.made: list[tuple[File, Node, str, str]] = []
        self.left: list[tuple[File, Node, str, str, str]] = []
        self.created: dict[str, str] = {}
        self._taken: dict[str, set[str]] = {}
        self._classes: dict[tuple[Any, ...], tuple[Any, Native]] = {}

    # --- which sockets ---

    def make(self) -> None:
        """Convert what can be converted."""
        for socket in self.sockets:
            self._attempt(socket)
        application = Application(self.files, self.routing, self.options)
        for socket in self.sockets:
            if socket.refused is None:
                why = application.refuses(socket)
                if why:
                    socket.refuse(why, "rewriter.md#asgi")
        self._settle()
        converted = [socket for socket in self.sockets if socket.native is not None and socket.refused is None]
        natives = {id(socket.native): socket.native for socket in converted if socket.native}
        for native in natives.values():
            self._put_class(native)
        streams = [entry for native in natives.values() for entry in native.streams]
        self._make_workers(application, streams)
        by_file: dict[str, list[Socket]] = {}
        for socket in converted:
            by_file.setdefault(socket.first.file.path, []).append(socket)
        made = [*natives.values(), *(worker.native for worker in self.workers if worker.native)]
        gone = {(n.file.path, each.name.value) for n in made for each in n.replaced if each.name.value != n.name}
        routes: dict[str, list[Entry]] = {}
        for entry in (*(e for s in converted for e in s.entries), *streams, *(w.entry for w in self.workers)):
            routes.setdefault(entry.file.path, []).append(entry)
        for entries in routes.values():
            self._drop_routes(entries, gone)
        for sockets in by_file.values():
            self._put_patterns(sockets)
        if converted or self.workers:
            application.put(converted, self.workers, self)
        for socket in self.sockets:
            if socket.refused is not None:
                self._report(socket.refused)
        for native in made:
            for node, why in native.needs.kept:
                self.left.append((native.file, node, why, "rewriter.md#groups", "consumers"))
        for entry in self.routing.entries:
            if not entry.takes_sockets and entry.channels[0].startswith("http."):
                why = f"{entry.channels[0]} stays on the shim: write a view"
                self.left.append((entry.file, entry.node, why, "rewriter.md#http", "consumers"))

    def _make_workers(self, application: Application, streams: list[Entry]) -> None:
        """Convert the custom channels that can be, and say what has to be started for them."""
        others = [entry for entry in self.routing.entries if entry not in streams]
        for worker in workers(dataclasses.replace(self.routing, entries=others), self.files, self._taken):
            why = application.refuses_worker() if worker.refused is None else ""
            if why:
                worker.refused = Refused(worker.entry.file.source, worker.entry.node, why, "rewriter.md#asgi")
            if worker.refused is not None:
                self._report(worker.refused, worker.channel)
            elif worker.native is not None:
                self.workers.append(worker)
                self._put_class(worker.native)
                why = f"{worker.channel} is consumed by a process of its own now: start manage.py runworker "
                why += worker.channel
                self.left.append((worker.entry.file, worker.entry.node, why, _WORKERS, "consumers"))

    def _attempt(self, socket: Socket) -> None:
        """Convert a socket's consumers, or say why not."""
        entry = socket.first
        try:
            if entry.kind == UNKNOWN or entry.opaque or not set(entry.channels) <= set(SOCKETS):
                why = entry.odd or "this is no plain route"
                raise Refused(entry.file.source, entry.node, why, "rewriter.md#routing")
            for each in socket.entries:
                if each.file.source.ignores(each.node, "NA201", _RULE):
                    raise Refused(each.file.source, each.node, "a comment keeps it", "rewriter.md#report")
            check_path(socket)
            if entry.kind == CLASS:
                socket.native = self._generic(socket)
            else:
                find_consumers(socket, self.files)
                for file, name in socket.consumers.values():
                    check_unused(file, name, self.files, self.routing.entries)
                socket.native = self._class_of(socket)
            if socket.native.file.source.ignored_whole:
                raise Refused(entry.file.source, entry.node, "a comment keeps its file", "rewriter.md#report")
        except Refused as refused:
            socket.refused = refused

    def _generic(self, socket: Socket) -> Native:
        """A class may have routes of several paths."""
        kind = Demultiplexer if is_demultiplexer(socket, self.files) else GenericClass
        made = kind(socket, self.files, self.routing.entries)
        socket.consumer_class = made.file, made.name
        key = (made.file.path, made.name)
        if key not in self._classes:
            self._classes[key] = None, self._in_style(made.native())
        return self._classes[key][1]

    def _class_of(self, socket: Socket) -> Native:
        """One class serves all paths that have the same functions."""
        key = tuple((role, file.path, name) for role, (file, name) in sorted(socket.consumers.items()))
        groups = paths.names(socket.path or "")
        if key in self._classes and self._classes[key][0] == groups:
            return self._classes[key][1]
        file = next(iter(socket.consumers.values()))[0]
        native = self._in_style(Functions(socket, self._taken.setdefault(file.path, set())).native())
        self._classes[key] = groups, native
        return native

    def _in_style(self, native: Native) -> Native:
        """The asynchronous form, if that is asked for and possible."""
        base = Module([]).code_for_node(native.node.bases[0].value)
        plain = base[len("Native") :] if base.startswith("Native") else base
        node = asynchronous(native.node, plain, native.file) if self.options.asynchronous else None
        if node is None:
            return native
        imports = [text for text in native.imports if not text.startswith("from ")]
        imports.append(f"from channels.generic.websocket import Async{plain}")
        return dataclasses.replace(native, node=node, imports=imports)

    def _settle(self) -> None:
        """Refuse those that others, which stay, would take messages from; until nothing changes."""
        refused = -1
        while refused != sum(socket.refused is not None for socket in self.sockets):
            refused = sum(socket.refused is not None for socket in self.sockets)
            self._settle_paths()
            self._settle_functions()

    def _settle_paths(self) -> None:
        for index, first in enumerate(self.sockets):
            for second in self.sockets[index + 1 :]:
                if not paths.may_share_a_path(_path(first), _path(second)):
                    continue
                for one, other in ((first, second), (second, first)):
                    if other.refused is not None:
                        one.refuse(f"a route that stays on the shim takes some of its paths too ({_where(other)})")
                if not first.takes_all or first.first.file is not second.first.file:
                    for socket in (first, second):
                        socket.refuse(f"another route takes some of its paths too ({_where(second)})")

    def _settle_functions(self) -> None:
        users: dict[tuple[str, str], list[Socket]] = {}
        for socket in self.sockets:
            given = [socket.consumer_class] if socket.consumer_class else socket.consumers.values()
            for file, name in given:
                users.setdefault((file.path, name), []).append(socket)
        for (_, name), sockets in users.items():
            same = all(socket.consumers == sockets[0].consumers for socket in sockets)
            if len(sockets) > 1 and (not same or any(socket.refused for socket in sockets)):
                for socket in sockets:
                    socket.refuse(f"{name} belongs to routes of other paths too", "rewriter.md#routing")

    def _report(self, refused: Refused, what: str = "") -> None:
        file = self.files.get(refused.source.path)
        assert file is not None
        why = f"{what} stays on the shim: {refused.why}".lstrip()
        self.left.append((file, refused.node, why, refused.anchor, _RULE))

    # --- the files ---

    def _put_class(self, native: Native) -> None:
        file = native.file
        last = max(native.replaced, key=file.source.place)
        for definition in native.replaced:
            file.edits[definition] = lambda updated: cst.RemoveFromParent()
        node = native.node
        file.edits[last] = lambda updated: node
        file.imports.extend(native.imports)
        names = ", ".join(definition.name.value for definition in native.replaced)
        self.made.append((file, native.replaced[0], f"{names} -> class {native.name}, native", _RULE))

    def _drop_routes(self, entries: list[Entry], gone: set[tuple[str, str]]) -> None:
        """Take routes of one file, which are native now, out of its lists, and out of its imports what is gone."""
        file = entries[0].file
        removed: dict[Node, set[Node]] = {}
        for entry in entries:
            assert entry.element is not None
            removed.setdefault(file.source.parents[entry.element], set()).add(entry.element)
        for routes, elements in removed.items():
            file.edits[routes] = _without(routes, elements)
        self._drop_imports(file, gone)
        dropped = set(file.edits)
        _mend_blank_lines(file, lambda line: line in dropped and _is_import(line))

    def _put_patterns(self, sockets: list[Socket]) -> None:
        """Write the routes of one file as ``websocket_urlpatterns``."""
        file = sockets[0].first.file
        lines = []
        for socket in sockets:
            assert socket.native is not None
            lines.append(f"re_path({_literal(paths.native(socket.path))}, {self._view(file, socket, socket.native)}),")
        file.imports.append("from django.urls import re_path")
        present = file.value("websocket_urlpatterns")
        if isinstance(present, cst.List):
            self._extend(file, present, lines)
            return
        text = "websocket_urlpatterns = [\n" + "".join(f"    {line}\n" for line in lines) + "]\n"
        statement = max((socket.first.statement for socket in sockets if socket.first.statement), key=file.source.place)
        line = file.source.statement(statement)
        made = cst.parse_statement(text, file.source.module.config_for_parsing)
        made = made.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        file.edits[line] = lambda updated: cst.FlattenSentinel([updated, made])
        self.made.append((file, sockets[0].first.node, "websocket_urlpatterns instead of routes", _RULE))

    def _extend(self, file: File, present: cst.List, lines: list[str]) -> None:
        new = [cst.Element(cst.parse_expression(line.rstrip(","))) for line in lines]
        whitespace = present.lbracket.whitespace_after
        between = cst.Comma(whitespace_after=whitespace)

        def edit(updated: Any) -> Any:
            elements = [*updated.elements, *new]
            end = updated.elements[-1].comma if updated.elements else cst.MaybeSentinel.DEFAULT
            elements = [element.with_changes(comma=between) for element in elements[:-1]] + elements[-1:]
            elements[-1] = elements[-1].with_changes(comma=end)
            return updated.with_changes(elements=elements)

        file.edits[present] = edit
        self.made.append((file, present, "websocket_urlpatterns instead of routes", _RULE))

    def _view(self, file: File, socket: Socket, native: Native) -> str:
        call = "" if self.options.target == 2 else ".as_asgi()"
        if native.file is file:
            return native.name + call
        consumer = socket.first.consumer
        if isinstance(consumer, cst.Attribute):
            return f"{file.source.module.code_for_node(consumer.value)}.{native.name}{call}"
        if socket.first.kind == CLASS and isinstance(consumer, cst.Name):
            return consumer.value + call
        file.imports.append(f"from {self._module(file, native.file)} import {native.name}")
        return native.name + call

    def _module(self, file: File, other: File) -> str:
        """How ``file`` imports from ``other`` already, or its dotted name."""
        for node in file.source.nodes.get(cst.ImportFrom, []):
            assert isinstance(node, cst.ImportFrom)
            module = "." * len(node.relative)
            module += "" if node.module is None else file.source.module.code_for_node(node.module)
            if module.strip(".") and self.files.module(module, file.path) is other:
                return module
        return self.files.dotted(other)

    def _drop_imports(self, file: File, gone: set[tuple[str, str]]) -> None:
        """Take what does not exist any more out of the imports of a file."""
        for node in file.source.nodes.get(cst.ImportFrom, []):
            assert isinstance(node, cst.ImportFrom)
            if isinstance(node.names, cst.ImportStar):
                continue
            module = "." * len(node.relative)
            module += "" if node.module is None else file.source.module.code_for_node(node.module)
            origin = self.files.module(module, file.path)
            stay = [a for a in node.names if origin is None or (origin.path, a.evaluated_name) not in gone]
            if len(stay) < len(node.names):
                _keep_names(file, node, stay)

    # --- what came of it ---

    def results(self, results: list[Result]) -> list[Result]:
        """The results with what the plan changes."""
        by_path = {result.path: result for result in results}
        for path, file in sorted(self.files.loaded.items()):
            if file is None or not (file.edits or file.imports or file.appended):
                continue
            after = finished(file)
            if path not in by_path:
                by_path[path] = Result(path, self.files.data[path], after)
            by_path[path].after = after
        for path, text in self.created.items():
            by_path[path] = Result(path, None, text.encode())
            by_path[path].made.append(Note(path, 1, 1, "NA201", _RULE, "new: serves the native consumers"))
        codes = {rule.name: rule.code for rule in all_rules()}
        for file, node, text, rule in self.made:
            line, column = file.source.place(node)
            by_path[file.path].made.append(Note(file.path, line, column, codes[rule], rule, text))
        for file, node, text, anchor, rule in self.left:
            line, column = file.source.place(node)
            if file.path not in by_path:
                by_path[file.path] = Result(file.path, self.files.data[file.path], self.files.data[file.path])
            if not file.source.ignores(node, codes[rule], rule):
                by_path[file.path].left.append(Note(file.path, line, column, codes[rule], rule, text, anchor))
        return [by_path[path] for path in sorted(by_path)]


def _sockets(entries: Iterable[Entry]) -> list[Socket]:
    """The routes by path; classes, and what is not understood, each by itself."""
    found: dict[Any, Socket] = {}
    for entry in entries:
        if entry.takes_sockets:
            alone = entry.kind in (CLASS, UNKNOWN) or entry.opaque or not set(entry.channels) <= set(SOCKETS)
            key = id(entry) if alone else entry.path
            found.setdefault(key, Socket([], entry.path)).entries.append(entry)
    return list(found.values())


def _path(socket: Socket) -> str | None:
    return None if socket.first.opaque else socket.path


def _where(socket: Socket) -> str:
    line, _ = socket.first.file.source.place(socket.first.node)
    return f"{PurePosixPath(socket.first.file.path).name}:{line}"


def _without(routes: Any, gone: set[Node]) -> Edit:
    """An edit of a list, tuple or dict that takes elements out of it, with the comments above them."""
    stays = [element not in gone for element in routes.elements]

    def edit(updated: Any) -> Any:
        if not any(stays):
            return type(updated)([])
        elements: list[Any] = []
        start = None  # the space before the first element that stays
        for element, stay in zip(updated.elements, stays):
            if stay:
                elements.append(element)
            elif elements:
                elements[-1] = elements[-1].with_changes(comma=_moved_comma(elements[-1].comma, element.comma))
            elif isinstance(element.comma, cst.Comma):
                start = element.comma.whitespace_after
        updated = updated.with_changes(elements=elements)
        if start is not None and isinstance(updated, cst.List):
            updated = updated.with_changes(lbracket=cst.LeftSquareBracket(start))
        elif start is not None and isinstance(updated, cst.Dict):
            updated = updated.with_changes(lbrace=cst.LeftCurlyBrace(start))
        return updated

    return edit


def _moved_comma(before: Any, gone: Any) -> Any:
    """The comma before an element that goes gets the space and the comments after it, but keeps its own line's."""
    if not isinstance(before, cst.Comma) or not isinstance(gone, cst.Comma):
        return gone
    kept, space = before.whitespace_after, gone.whitespace_after
    if isinstance(kept, cst.ParenthesizedWhitespace) and isinstance(space, cst.ParenthesizedWhitespace):
        space = space.with_changes(first_line=kept.first_line)
    return before.with_changes(whitespace_after=space)


def _literal(pattern: str | None) -> str:
    """A regular expression as people write it."""
    assert pattern is not None
    return f'r"{pattern}"' if '"' not in pattern and not pattern.endswith("\\") else repr(pattern)


def _keep_names(file: File, node: cst.ImportFrom, stay: list[cst.ImportAlias]) -> None:
    """Leave only some names in an import."""
    if stay:
        last = stay[-1] if node.lpar is not None else stay[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        file.edits[node] = lambda updated: updated.with_changes(names=[*stay[:-1], last])
        return
    line = file.source.parents[node]
    if (
        isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and not any(above.comment for above in line.leading_lines)
    ):
        block = file.source.parents[line]
        alone = isinstance(block, cst.IndentedBlock) and len(block.body) == 1
        file.edits[line] = lambda updated: updated.with_changes(body=[cst.Pass()]) if alone else cst.RemoveFromParent()
    else:
        file.edits[node] = lambda updated: cst.Pass()


def _is_import(line: Node) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], cst.ImportFrom)


def _mend_blank_lines(file: File, removed: Callable[[Node], bool]) -> None:
    """Where lines at the top of a module go, the blank lines above them stay."""
    body: list[Any] = list(file.source.module.body)
    for index, line in enumerate(body):
        above = index
        while above and removed(body[above - 1]):
            above -= 1
        if above < index and not removed(line) and not line.leading_lines:
            lines = [each for each in body[above].leading_lines if each.comment is None]
            file.edits.setdefault(line, _with_lines(lines))


def _with_lines(lines: list[cst.EmptyLine]) -> Edit:
    return lambda updated: updated.with_changes(leading_lines=lines)


def finished(file: File) -> bytes:
    """The bytes of a file with its edits, without imports of the old API that nothing uses any more."""
    source = file.source
    module = add_imports(apply(source.module, file.edits, source), file.imports)
    text = module.code
    for addition in file.appended:
        text = text.rstrip("\r\n") + module.default_newline + addition.replace("\n", module.default_newline)
    after = Source(file.path, source.encode(cst.parse_module(text, module.config_for_parsing)))
    cleaned = _without_unused(source, after)
    return after.encode(_plain_names(after, cleaned))


def _without_unused(before: Source, after: Source) -> cst.Module:
    rest = File(after)
    used = {name for node in before.nodes.get(cst.ImportFrom, []) for name in _old_names(before, node, True)}
    for node in after.nodes.get(cst.ImportFrom, []):
        assert isinstance(node, cst.ImportFrom)
        unused = _old_names(after, node, False) & used
        if unused:
            stay = [alias for alias in node.names if _bound(alias) not in unused]  # type: ignore[union-attr]
            _keep_names(rest, node, stay)
    _mend_blank_lines(rest, lambda line: line in rest.edits)
    module = apply(after.module, rest.edits, after)
    first: Any = module.body[0] if module.body else None
    if first is None or module.header or before.module.body[0].leading_lines:
        return module
    lines = list(first.leading_lines)
    while lines and lines[0].comment is None:
        del lines[0]
    return module.with_changes(body=[first.with_changes(leading_lines=lines), *module.body[1:]])


def _bound(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name


def _old_names(source: Source, node: Node, used: bool) -> set[str]:
    """What an import from compat.v0 binds that is used, or that is not."""
    assert isinstance(node, cst.ImportFrom)
    if node.module is None or node.relative or isinstance(node.names, cst.ImportStar):
        return set()
    if not source.module.code_for_node(node.module).startswith("compat.v0") or source.path.endswith("__init__.py"):
        return set()
    return {_bound(alias) for alias in node.names if bool(source.uses(node, _bound(alias))) is used}


def _plain_names(source: Source, module: cst.Module) -> cst.Module:
    """``NativeWebsocketConsumer`` is WebsocketConsumer where the old one is not imported any more."""
    text = module.code
    for name in set(re.findall(r"(?:import|,) (\w+) as Native\1\b", text)):
        if len(re.findall(rf"\b{name}\b", text)) == 1:
            text = re.sub(rf"\b{name} as Native{name}\b", name, text).replace(f"Native{name}", name)
    return cst.parse_module(text, source.module.config_for_parsing)
