"""The consumers of one path, as one class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from ..engine import apply
from ..model import Node
from ..source import Source
from . import browser_session, paths
from .body import CONNECT, DISCONNECT, RECEIVE, Body, Needs, Refused, canonical, expression
from .files import File, Files
from .routing import SOCKETS, Entry

ROLES = dict(zip(SOCKETS, (CONNECT, RECEIVE, DISCONNECT)))
PARAMETERS = {
    CONNECT: "self",
    RECEIVE: "self, text_data=None, bytes_data=None",
    DISCONNECT: "self, code",
    "websocket_receive": "self, event",
    "websocket_send": "self, event",
}

_SESSION_DECORATORS = frozenset(("sessions.channel_session", "auth.channel_session"))
_USER_DECORATORS = frozenset(("auth.channel_session_user", "auth.http_session_user"))
_FROM_HTTP = frozenset(("auth.channel_session_user_from_http", "auth.http_session_user"))
_ORDERING = frozenset(("sessions.enforce_ordering",))
_BROWSER_SESSION = frozenset(("sessions.http_session", "auth.http_session"))
_KNOWN = _SESSION_DECORATORS | _USER_DECORATORS | _FROM_HTTP | _ORDERING | _BROWSER_SESSION

# Words in the names of consumers that tell nothing about what they are for.
_EMPTY_WORDS = frozenset(
    (
        *("ws", "websocket", "websockets", "socket", "on", "do", "handle", "handler", "message", "msg"),
        *("connect", "connected", "connection", "disconnect", "disconnected", "receive", "received"),
        *("consumer", "consumers", "add", "remove", "join", "leave", "open", "close", "in", "out", "say", "send"),
    )
)

HANDLER = """
def websocket_send(self, event):
    if event.get("bytes"):
        self.send(bytes_data=event["bytes"])
    if event.get("text"):
        self.send(text_data=event["text"])
    if event.get("close"):
        self.close()
"""


@dataclass
class Native:
    """A native consumer that takes the place of legacy ones.

    Attributes:
        file: where it is.
        name: its class's name.
        replaced: the definitions whose place it takes.
        node: the class.
        imports: the statements that it needs.
        needs: what it asks of its surroundings.
        streams: routes of custom channels that it takes the place of, too.
    """

    file: File
    name: str
    replaced: Sequence[cst.FunctionDef | cst.ClassDef]
    node: cst.ClassDef
    imports: list[str]
    needs: Needs
    streams: Sequence[Entry] = ()


@dataclass
class Socket:
    """The routes of one path.

    Attributes:
        entries: the routes, in order.
        path: their path filter.
        consumers: role -> where its function is and what it is called.
        consumer_class: the same of its class, if it has one.
        native: what it becomes.
        refused: why it stays as it is.
    """

    entries: list[Entry]
    path: str | None
    consumers: dict[str, tuple[File, str]] = field(default_factory=dict)
    consumer_class: tuple[File, str] | None = None
    native: Native | None = None
    refused: Refused | None = None

    @property
    def first(self) -> Entry:
        return self.entries[0]

    @property
    def takes_all(self) -> bool:
        return self.first.kind == "class" or len(self.consumers) == len(ROLES)

    def refuse(self, why: str, anchor: str = "rewriter.md#routing", node: Node | None = None) -> None:
        if self.refused is None:
            self.refused = Refused(self.first.file.source, node or self.first.node, why, anchor)


def find_consumers(socket: Socket, files: Files) -> None:
    """Look up the functions that the routes name.

    Raises:
        Refused: one of them is not found, or there are two for the same.
    """
    for entry in socket.entries:
        source, node = entry.file.source, entry.node
        if entry.odd:
            raise Refused(source, node, entry.odd, "rewriter.md#routing")
        if entry.element is None or entry.consumer is None:
            raise Refused(source, node, "the route is no element of a list", "rewriter.md#routing")
        found = files.find(entry.file, entry.consumer)
        if found is None:
            raise Refused(source, node, "its consumer is not found in the project", "rewriter.md#routing")
        role = ROLES[entry.channels[0]]
        if role in socket.consumers:
            raise Refused(source, node, "an earlier route takes the same messages", "rewriter.md#routing")
        socket.consumers[role] = found
    if len({file.path for file, _ in socket.consumers.values()}) > 1:
        raise Refused(socket.first.file.source, socket.first.node, "its consumers are in several files")


def check_path(socket: Socket) -> None:
    """Raises :class:`Refused` if the path filter has no sure counterpart."""
    if paths.native(socket.path) is None:
        why = f"the path filter {socket.path!r} cannot be written for URLRouter for certain"
        raise Refused(socket.first.file.source, socket.first.node, why, "rewriter.md#routing")


def check_unused(
    file: File, name: str, files: Files, entries: list[Entry], parts: Sequence[cst.FunctionDef] = ()
) -> None:
    """Raises :class:`Refused` if a consumer is used by anything but the routes, itself, and those parts of it."""
    allowed: set[Node] = set()
    routing_files = {entry.file.path for entry in entries}
    channels = {channel for entry in entries for channel in entry.channels}
    for entry in entries:
        if entry.consumer is not None:
            allowed.add(entry.consumer)
            allowed.update(_below(entry.consumer))
    definition = file.top[name][0]
    for path in files.with_word(name):
        other = files.get(path)
        if other is None:
            continue
        for node in (*other.source.nodes.get(cst.Name, []), *other.source.nodes.get(cst.Attribute, [])):
            word = node.attr.value if isinstance(node, cst.Attribute) else node.value  # type: ignore[attr-defined]
            if word != name or node in allowed or other.source.parents[node] is definition:
                continue
            if isinstance(definition, cst.ClassDef) and {definition, *parts}.intersection(other.source.ancestors(node)):
                continue
            importing = [
                above for above in other.source.ancestors(node) if isinstance(above, (cst.Import, cst.ImportFrom))
            ]
            if importing and path in routing_files:
                continue
            if importing or other is file:
                is_it = _imports(files, other, importing[0], file, name) if importing else _is_global(file, node, name)
            else:
                assert isinstance(node, (cst.Name, cst.Attribute))
                is_it = bool(other.source.meaning(node)) and files.find(other, node) == (file, name)
            if is_it:
                raise Refused(other.source, node, f"{name} is used here too, not only by its routes")
        for node in other.source.nodes.get(cst.SimpleString, []):
            assert isinstance(node, cst.SimpleString)
            text = str(node.evaluated_value)
            is_name = text.endswith(f".{name}") and text not in channels and node not in allowed
            if is_name and files.find(other, node) == (file, name):
                raise Refused(other.source, node, f"{name} is named here too, not only by its routes")


def _imports(files: Files, other: File, statement: Node, file: File, name: str) -> bool:
    if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        return False
    module = "." * len(statement.relative)
    module += "" if statement.module is None else other.source.module.code_for_node(statement.module)
    return files.module(module, other.path) is file and any(alias.evaluated_name == name for alias in statement.names)


def _is_global(file: File, node: Node, name: str) -> bool:
    parent = file.source.parents[node]
    if isinstance(node, cst.Attribute) or (isinstance(parent, cst.Attribute) and parent.attr is node):
        return False
    if isinstance(parent, (cst.Arg, cst.Param, cst.FunctionDef, cst.ClassDef)):
        is_name = getattr(parent, "keyword", None) is node or getattr(parent, "name", None) is node
        if is_name:
            return False
    scope = file.source.scope(node)
    return scope is not None and any(found.scope is scope.globals for found in scope[name])


def _below(node: Node) -> list[Node]:
    found = list(node.children)
    for child in list(found):
        found.extend(_below(child))
    return found


# --- one class of three functions ---


class _FunctionBody(Body):
    def __init__(
        self, source: Source, function: cst.FunctionDef, role: str, message: str, needs: Needs, others: frozenset[Node]
    ) -> None:
        # The message itself in what others deal with.
        self.skipped = frozenset(child for node in others for child in node.children)
        super().__init__(source, function, role, message, needs)


class Functions:
    """Makes the class of a socket's functions.

    Raises:
        Refused: one of the functions cannot be converted.
    """

    def __init__(self, socket: Socket, taken: set[str]) -> None:
        self.file = next(iter(socket.consumers.values()))[0]
        self.source: Source = self.file.source
        self.socket = socket
        self.needs = Needs()
        self.functions: dict[str, cst.FunctionDef] = {}
        for role, (file, name) in socket.consumers.items():
            definitions = file.top[name]
            if len(definitions) != 1 or not isinstance(definitions[0], cst.FunctionDef):
                raise Refused(self.source, definitions[0], f"{name} is not one function", "rewriter.md#consumers")
            self.functions[role] = definitions[0]
        self.methods: dict[str, cst.FunctionDef] = {}
        self._check_users()
        for role in ROLES.values():
            if role in self.functions:
                self.methods[role] = self._method(role, self.functions[role])
        self.name = class_name(list(self.functions.values()), socket.path, self.file, taken)

    def native(self) -> Native:
        """The class."""
        if self.needs.session:
            self._begin_session()
        methods: list[Any] = list(self.methods.values())
        if self.needs.handler:
            methods.append(cst.parse_statement(HANDLER.strip()))
        base, imports = native_base(self.source, "WebsocketConsumer")
        if self.needs.async_to_sync:
            imports.append("from asgiref.sync import async_to_sync")
        if self.needs.browser_session:
            imports.append("from django.conf import settings")
        for index, made in enumerate(methods):
            lines = _comments(_split_comments(made.leading_lines)[1])
            methods[index] = made.with_changes(
                leading_lines=lines if not index else [cst.EmptyLine(indent=False), *lines]
            )
        first = min(self.functions.values(), key=self.source.place)
        blank = [line for line in first.leading_lines if line.comment is None] or [cst.EmptyLine(indent=False)] * 2
        section, _ = _split_comments(first.leading_lines)
        node = cst.ClassDef(
            name=cst.Name(self.name),
            bases=[cst.Arg(expression(base))],
            body=cst.IndentedBlock(methods),
            leading_lines=section or blank,
        )
        return Native(self.file, self.name, list(self.functions.values()), node, imports, self.needs)

    def _check_users(self) -> None:
        """message.user must be the user that the browser's session says, as the scope's is."""
        decorators = {role: self._decorators(function) for role, function in self.functions.items()}
        at_connect = decorators.get(CONNECT, set()) & _FROM_HTTP
        for role, found in decorators.items():
            if found & {"auth.channel_session_user"} and "auth.channel_session_user_from_http" not in at_connect:
                why = "its user is never signed in: the connect consumer has no @channel_session_user_from_http"
                raise Refused(self.source, self.functions[role], why, "rewriter.md#users")

    def _decorators(self, function: cst.FunctionDef) -> set[str]:
        found = set()
        for decorator in function.decorators:
            node = decorator.decorator
            name = canonical(self.source, node.func if isinstance(node, cst.Call) else node)
            if name not in _KNOWN or (isinstance(node, cst.Call) and name not in _ORDERING):
                raise Refused(self.source, node, "this decorator is not known", "rewriter.md#consumers")
            found.add(name)
        return found

    def _method(self, role: str, function: cst.FunctionDef) -> cst.FunctionDef:
        if function.asynchronous is not None:
            raise Refused(self.source, function, "it is asynchronous")
        message, arguments, rest = self._parameters(function)
        of_browser = browser_session.uses(function, message)
        body = _FunctionBody(self.source, function, role, message, self.needs, frozenset(of_browser))
        if of_browser:
            if not self._decorators(function) & (_FROM_HTTP | _BROWSER_SESSION):
                raise Refused(self.source, of_browser[0], "nothing has put the session there", browser_session.ANCHOR)
            self.needs.browser_session = True
            body.edits.update(browser_session.BrowserSession(self.source, function, role, of_browser).edits)
        body.groups()
        body.check_accepts()
        self._check_names(role, function, body)
        every, optional = paths.names(self.socket.path or "")
        wrong = set(arguments) - every if rest else set(arguments) ^ every
        if wrong:
            why = f"its arguments and the path's groups differ: {', '.join(sorted(wrong))}"
            raise Refused(self.source, function, why, "rewriter.md#routing")
        used = [name for name in (*arguments, *([rest] if rest else [])) if name in body.names()]
        if used and optional:
            raise Refused(self.source, function, "a group of the path is optional", "rewriter.md#routing")
        if rest in used and arguments:
            raise Refused(self.source, function, f"it takes arguments by name and by **{rest}", "rewriter.md#routing")
        prelude = [f'{name} = self.scope["url_route"]["kwargs"]["{name}"]' for name in used if name != rest]
        prelude += [f'{rest} = self.scope["url_route"]["kwargs"]'] if rest in used else []
        if role == CONNECT and not body.accepts:
            prelude.insert(0, "self.accept()")
        converted = apply(cst.Module([function]), body.edits).body[0]
        assert isinstance(converted, cst.FunctionDef)
        return method(role, converted, prelude)

    def _parameters(self, function: cst.FunctionDef) -> tuple[str, list[str], str]:
        """Name of the message, names of the arguments, name of ``**kwargs``."""
        params = function.params
        plain = [*params.posonly_params, *params.params]
        odd = params.kwonly_params or params.star_arg is not cst.MaybeSentinel.DEFAULT
        if odd or not plain or any(param.default is not None for param in plain):
            raise Refused(self.source, function, "its parameters are not (message, name, …)", "rewriter.md#consumers")
        rest = params.star_kwarg.name.value if params.star_kwarg is not None else ""
        return plain[0].name.value, [param.name.value for param in plain[1:]], rest

    def _check_names(self, role: str, function: cst.FunctionDef, body: Body) -> None:
        new = {"self", "text_data", "bytes_data"} if role == RECEIVE else {"self"}
        for name in sorted(new & body.names()):
            raise Refused(self.source, function, f"it uses the name {name}, which a method needs itself")
        if role == DISCONNECT and "code" in body.names() and not any(f.scope is body.scope for f in body.scope["code"]):
            raise Refused(self.source, function, "it uses the name code, which a method needs itself")

    def _begin_session(self) -> None:
        first = cst.parse_statement("self.channel_session = {}")
        connect = self.methods.get(CONNECT)
        if connect is None:
            made = cst.parse_statement("def connect(self):\n    self.channel_session = {}\n    self.accept()")
            assert isinstance(made, cst.FunctionDef)
            self.methods = {CONNECT: made, **self.methods}
            return
        body = list(connect.body.body)
        at = 1 if _is_docstring(body[0]) else 0
        new = connect.body.with_changes(body=[*body[:at], first, *body[at:]])
        self.methods[CONNECT] = connect.with_changes(body=new)


def method(role: str, function: cst.FunctionDef, prelude: list[str]) -> cst.FunctionDef:
    """The function as the method ``role``, with some statements at its beginning."""
    shape = cst.parse_statement(f"def {role}({PARAMETERS[role]}): pass")
    assert isinstance(shape, cst.FunctionDef)
    block: Any = function.body
    if isinstance(block, cst.SimpleStatementSuite):
        line = cst.SimpleStatementLine(block.body, trailing_whitespace=block.trailing_whitespace)
        block = cst.IndentedBlock([line])
    statements = list(block.body)
    at = 1 if _is_docstring(statements[0]) else 0
    added = [cst.parse_statement(text) for text in prelude]
    if prelude and len(statements) == at + 1 and _is_pass(statements[at]):
        statements = statements[:at]
    return shape.with_changes(
        leading_lines=[*function.leading_lines, *function.lines_after_decorators],
        body=block.with_changes(body=[*statements[:at], *added, *statements[at:]]),
    )


def _is_docstring(statement: Node) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


def _is_pass(statement: Node) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Pass)


def _split_comments(lines: Any) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """Comments that a blank line parts from a function, with the blank lines; and those right above it."""
    lines = list(lines)
    at = max((index for index, line in enumerate(lines) if line.comment is None), default=-1) + 1
    before = lines[:at]
    return (before if any(line.comment for line in before) else []), lines[at:]


def _comments(lines: Any) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment is not None]


def native_base(source: Source, name: str) -> tuple[str, list[str]]:
    """What to call the native base class in a file, and how to import it."""
    if not source.binds(name):
        return name, [f"from channels.generic.websocket import {name}"]
    if any(source.meaning(node) == f"channels.generic.websocket.{name}" for node in source.nodes.get(cst.Name, [])):
        return name, []
    return f"Native{name}", [f"from channels.generic.websocket import {name} as Native{name}"]


def class_name(functions: list[cst.FunctionDef], path: str | None, file: File, taken: set[str]) -> str:
    """A name for the class: of what the functions' names have in common, or of the path."""
    words = [[word.lower() for word in re.findall(r"[A-Za-z][a-z0-9]*", function.name.value)] for function in functions]
    common = [word for word in words[0] if all(word in other for other in words) and word not in _EMPTY_WORDS]
    if not common and path:
        start = re.findall(r"[A-Za-z][A-Za-z0-9]*", paths.literal_start(path))
        common = [word.lower() for word in start if word.lower() not in _EMPTY_WORDS]
    base = "".join(word.capitalize() for word in common) or "Socket"
    name, number = f"{base}Consumer", 2
    while name in taken or file.source.binds(name):
        name, number = f"{base}{number}Consumer", number + 1
    taken.add(name)
    return name
