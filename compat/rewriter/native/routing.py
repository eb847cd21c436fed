"""The routes of a project in the order in which they are tried, with the prefixes of the includes around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

import libcst as cst

from ..model import Node
from .body import canonical, literal_key
from .files import File, Files
from .paths import joined

ROUTE, CLASS, UNKNOWN = "route", "class", "unknown"
SOCKETS = ("websocket.connect", "websocket.receive", "websocket.disconnect")


@dataclass
class Entry:
    """One route.

    Attributes:
        kind: ROUTE, CLASS, or UNKNOWN for what may be any number of routes.
        file, node: where it is.
        element: the element of the list, or of the dict, that it is, if it is one.
        statement: the assignment that the list belongs to.
        channels: what it consumes.
        consumer: the expression that names its consumer.
        path: its whole path filter; None for none.
        odd: why it cannot be converted, whatever its consumer; "" if nothing speaks against it.
        opaque: whether its path is not known.
    """

    kind: str
    file: File
    node: Node
    element: Node | None = None
    statement: Node | None = None
    channels: tuple[str, ...] = ()
    consumer: cst.BaseExpression | None = None
    path: str | None = None
    odd: str = ""
    opaque: bool = False

    @property
    def takes_sockets(self) -> bool:
        return self.kind in (UNKNOWN, CLASS) or any(channel in SOCKETS for channel in self.channels)


_Prefix = Union[str, None]


@dataclass
class Routing:
    """All routes of a project.

    Attributes:
        entries: in the order in which they are tried.
        settings: the files that name the routing.
    """

    entries: list[Entry] = field(default_factory=list)
    settings: list[File] = field(default_factory=list)


class Reader:
    """Reads the routing that the settings name."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.routing = Routing()
        self._seen: set[tuple[str, str]] = set()

    def read(self) -> Routing:
        roots: dict[tuple[str, str], File] = {}
        for path in sorted(set(self.files.with_word("CHANNEL_LAYERS")) | set(self.files.with_word("CHANNEL_ROUTING"))):
            file = self.files.get(path)
            if file is None or not {"CHANNEL_LAYERS", "CHANNEL_ROUTING"} & set(assigned(file)):
                continue
            for node in file.source.nodes.get(cst.SimpleString, []):
                assert isinstance(node, cst.SimpleString)
                found = self.files.find(file, node) if "." in (literal_key(node) or "") else None
                if found and _may_be_routing(found[0], found[1]):
                    roots[found[0].path, found[1]] = found[0]
                    if file not in self.routing.settings:
                        self.routing.settings.append(file)
        for (_, name), file in roots.items():
            self.routing.entries.extend(self._variable(file, name, "", ""))
        return self.routing

    def _variable(self, file: File, name: str, prefix: _Prefix, odd: str) -> Iterator[Entry]:
        statements = file.top.get(name, [])
        if (file.path, name) in self._seen or not statements:
            where = statements[0] if statements else file.source.module
            yield Entry(UNKNOWN, file, where, odd="these routes are used in several places", opaque=True)
            return
        self._seen.add((file.path, name))
        for statement in statements:
            if isinstance(statement, (cst.Assign, cst.AugAssign, cst.AnnAssign)) and statement.value is not None:
                yield from self._value(file, statement.value, statement, prefix, odd)
            else:
                yield Entry(UNKNOWN, file, statement, opaque=True)

    def _value(
        self, file: File, value: cst.BaseExpression, statement: Node, prefix: _Prefix, odd: str
    ) -> Iterator[Entry]:
        if isinstance(value, (cst.List, cst.Tuple)):
            for element in value.elements:
                if isinstance(element, cst.Element):
                    yield from self._element(file, element, statement, prefix, odd)
                else:
                    yield from self._value(file, element.value, statement, prefix, odd)
        elif isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add):
            yield from self._value(file, value.left, statement, prefix, odd)
            yield from self._value(file, value.right, statement, prefix, odd)
        elif isinstance(value, cst.Dict):
            for pair in value.elements:
                yield self._pair(file, pair, statement, prefix)
        elif isinstance(value, (cst.Name, cst.Attribute)):
            yield from self._named(file, value, prefix, odd)
        else:
            yield Entry(UNKNOWN, file, value, opaque=True)

    def _named(self, file: File, value: cst.BaseExpression, prefix: _Prefix, odd: str) -> Iterator[Entry]:
        found = self.files.find(file, value)
        if found is None:
            yield Entry(UNKNOWN, file, value, opaque=True)
        else:
            yield from self._variable(found[0], found[1], prefix, odd)

    def _pair(self, file: File, pair: cst.BaseDictElement, statement: Node, prefix: _Prefix) -> Entry:
        key = literal_key(pair.key) if isinstance(pair, cst.DictElement) else None
        if key is None:
            return Entry(UNKNOWN, file, pair, opaque=True)
        path = joined(prefix, None) if prefix else None
        odd = "the prefix of its include is no plain text" if prefix and path is None else ""
        return Entry(
            ROUTE, file, pair, pair, statement, (key,), pair.value, path or prefix or None, odd, prefix is None
        )

    def _element(self, file: File, element: cst.Element, statement: Node, prefix: _Prefix, odd: str) -> Iterator[Entry]:
        node = element.value
        what = canonical(file.source, node.func) if isinstance(node, cst.Call) else ""
        if isinstance(node, cst.Call) and what in ("route", "routing.route", "routing.Route"):
            yield self._route(file, element, node, statement, prefix, odd)
        elif isinstance(node, cst.Call) and what in ("route_class", "routing.route_class", "routing.RouteClass"):
            yield self._class(file, element, node, statement, prefix, odd)
        elif isinstance(node, cst.Call) and what in ("include", "routing.include", "routing.Include"):
            yield from self._include(file, node, statement, prefix, odd)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "as_route":
            path, opaque, others = self._filters(file, node.args, prefix)
            changed = any(arg.keyword is None or arg.keyword.value == "attrs" for arg in node.args)
            why = odd or others or ("its attrs change the class" if changed else "")
            yield Entry(CLASS, file, node, element, statement, SOCKETS, node.func.value, path, why, opaque)
        elif isinstance(node, (cst.List, cst.Tuple)):
            yield from self._value(file, node, statement, prefix, odd)
        else:
            yield Entry(UNKNOWN, file, node, opaque=True)

    def _route(
        self, file: File, element: cst.Element, node: cst.Call, statement: Node, prefix: _Prefix, odd: str
    ) -> Entry:
        if len(node.args) < 2 or any(arg.star or arg.keyword for arg in node.args[:2]):
            return Entry(UNKNOWN, file, node, opaque=True)
        channels = self._channels(file, node.args[0].value)
        if channels is None:
            return Entry(UNKNOWN, file, node, opaque=True)
        path, opaque, others = self._filters(file, node.args[2:], prefix)
        odd = odd or others or ("" if len(channels) == 1 else "one consumer for several channels")
        return Entry(ROUTE, file, node, element, statement, channels, node.args[1].value, path, odd, opaque)

    def _class(
        self, file: File, element: cst.Element, node: cst.Call, statement: Node, prefix: _Prefix, odd: str
    ) -> Entry:
        if not node.args or node.args[0].star or node.args[0].keyword:
            return Entry(UNKNOWN, file, node, opaque=True)
        path, opaque, others = self._filters(file, node.args[1:], prefix)
        consumer = node.args[0].value
        return Entry(CLASS, file, node, element, statement, SOCKETS, consumer, path, odd or others, opaque)

    def _channels(self, file: File, node: cst.BaseExpression) -> tuple[str, ...] | None:
        if isinstance(node, (cst.List, cst.Tuple)):
            names = [_text(element.value) for element in node.elements]
            return None if None in names else tuple(str(name) for name in names)
        if isinstance(node, cst.Name):
            node = file.value(node.value) or node
        name = literal_key(node)
        return None if name is None else (name,)

    def _filters(self, file: File, args: object, prefix: _Prefix) -> tuple[str | None, bool, str]:
        """The whole path filter, whether it is unknown, and what else is filtered by."""
        path, opaque, others = None, prefix is None, ""
        assert isinstance(args, (list, tuple))
        for arg in args:
            if arg.star or arg.keyword is None:
                if arg.star or not isinstance(arg.value, cst.Dict):
                    opaque = True
            elif arg.keyword.value == "path":
                path = self._regex(file, arg.value)
                opaque = opaque or path is None
            elif arg.keyword.value != "attrs":
                others = f"it filters by {arg.keyword.value}, which URLRouter cannot"
        if prefix and not opaque:
            whole = joined(prefix, path)
            if whole is None:  # where it begins is known at least
                return prefix, False, "the prefix of its include cannot be joined with its path"
            return whole, False, others
        return path, opaque, others

    def _regex(self, file: File, node: cst.BaseExpression) -> str | None:
        if isinstance(node, cst.Name):
            node = file.value(node.value) or node
        return literal_key(node)

    def _include(self, file: File, node: cst.Call, statement: Node, prefix: _Prefix, odd: str) -> Iterator[Entry]:
        if not node.args or node.args[0].star or node.args[0].keyword:
            yield Entry(UNKNOWN, file, node, opaque=True)
            return
        path, opaque, others = self._filters(file, node.args[1:], prefix)
        inner = None if opaque else path or ""
        why = odd or others
        target = node.args[0].value
        found = self.files.find(file, target)
        if found is not None:
            yield from self._variable(found[0], found[1], inner, why)
        else:
            yield from self._value(file, target, statement, inner, why)


def _text(node: cst.BaseExpression) -> str | None:
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value.decode("latin-1") if isinstance(value, bytes) else value
    return None


def assigned(file: File) -> Iterator[str]:
    """Names assigned to anywhere in a file, also below an ``if``."""
    for kind in (cst.Assign, cst.AnnAssign, cst.AugAssign):
        for node in file.source.nodes.get(kind, []):
            targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]  # type: ignore[attr-defined]
            yield from (target.value for target in targets if isinstance(target, cst.Name))


def _may_be_routing(file: File, name: str) -> bool:
    value = next((getattr(node, "value", None) for node in file.top.get(name, [])), None)
    return isinstance(value, (cst.List, cst.Tuple, cst.Dict, cst.BinaryOperation))
