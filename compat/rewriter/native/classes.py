"""A generic consumer of 0.17 (WebsocketConsumer, JsonWebsocketConsumer) as the native one of the same name."""

from __future__ import annotations

from typing import Any, ClassVar

import libcst as cst

from ..engine import apply
from ..model import Node
from . import paths
from .body import (
    CONNECT,
    DISCONNECT,
    RECEIVE,
    Body,
    Needs,
    Refused,
    call,
    canonical,
    event_of,
    expression,
    group_call,
    inside,
    never_empty,
    statements,
)
from .files import Files
from .instances import InstanceState
from .routing import CLASS, Entry
from .sockets import HANDLER, Native, Socket, check_unused, method, native_base

_FLAGS = frozenset(("http_user", "channel_session", "channel_session_user", "slight_ordering", "strict_ordering"))
_MACHINERY = frozenset(("__init__", "close", "dispatch", "get_handler", "group_send", "send"))
_RAW = {"raw_connect": CONNECT, "raw_receive": RECEIVE, "raw_disconnect": DISCONNECT}
_MESSAGE_METHODS = frozenset((CONNECT, DISCONNECT))
_KWARGS = 'self.scope["url_route"]["kwargs"]'
_ANCHOR = "rewriter.md#generic-consumers"
_ADD = "async_to_sync(self.channel_layer.group_add)(group, self.channel_name)"


class GenericClass:
    """Makes the native class of a legacy one.

    Attributes:
        bases: what its legacy base may be -> what its native one is then.
        parts: definitions beside it that go into the native class.
        streams: the routes that go with those.

    Raises:
        Refused: it, or something in it, cannot be converted.
    """

    bases: ClassVar[dict[str, str]] = {
        "generic.websockets.WebsocketConsumer": "WebsocketConsumer",
        "generic.websockets.JsonWebsocketConsumer": "JsonWebsocketConsumer",
    }

    def __init__(self, socket: Socket, files: Files, entries: list[Entry]) -> None:
        entry = socket.first
        if entry.odd or entry.element is None or entry.consumer is None:
            raise Refused(entry.file.source, entry.node, entry.odd or "the route is no element of a list")
        found = files.find(entry.file, entry.consumer)
        definitions = found[0].top[found[1]] if found else []
        if found is None or len(definitions) != 1 or not isinstance(definitions[0], cst.ClassDef):
            raise Refused(entry.file.source, entry.node, "its class is not found in the project", _ANCHOR)
        self.file, self.name = found
        self.source = self.file.source
        self.node = definitions[0]
        self.path = socket.path or ""
        self.needs = Needs()
        self.parts: list[cst.FunctionDef] = []
        self.streams: list[Entry] = []
        self.find_parts(files, entries)
        check_unused(self.file, self.name, files, entries, self.parts)
        routed = [e for e in entries if e.consumer is not None and files.find(e.file, e.consumer) == found]
        if any(e.kind != CLASS or e.opaque or paths.names(e.path or "") != paths.names(self.path) for e in routed):
            raise Refused(self.source, self.node, "it has routes of paths with different groups", _ANCHOR)
        names = [canonical(self.source, base.value) for base in self.node.bases]
        if len(names) != 1 or names[0] not in self.bases or self.node.keywords or self.node.decorators:
            raise Refused(self.source, self.node, "it has other bases than WebsocketConsumer alone", _ANCHOR)
        self.base = self.bases[names[0]]
        self.is_json = self.base == "JsonWebsocketConsumer"
        if isinstance(self.node.body, cst.SimpleStatementSuite):
            raise Refused(self.source, self.node, "it is empty", _ANCHOR)
        self.flags: dict[str, bool] = {}
        self.members: set[str] = set()
        self._read_members()
        self._check_raw()
        self.kept = InstanceState(self.node).kept(self.source)
        self.has_groups = bool({"groups", "connection_groups"} & self.members)

    def find_parts(self, files: Files, entries: list[Entry]) -> None:
        """Look up what else becomes part of it."""

    def _read_members(self) -> None:
        for statement in self.node.body.body:
            if isinstance(statement, cst.FunctionDef):
                name = statement.name.value
                if name in _MACHINERY or (name.startswith("raw_") and name not in _RAW):
                    raise Refused(self.source, statement, f"it overrides {name}", _ANCHOR)
                self.members.add(name)
                continue
            smalls: list[Node] = list(statement.body) if isinstance(statement, cst.SimpleStatementLine) else [statement]
            for small in smalls:
                if isinstance(small, cst.Assign) and len(small.targets) == 1:
                    self.read_attribute(small)
                elif not isinstance(small, (cst.Expr, cst.Pass)):
                    raise Refused(self.source, small, "this is not known in a consumer", _ANCHOR)

    def read_attribute(self, small: cst.Assign) -> None:
        target = small.targets[0].target
        name = target.value if isinstance(target, cst.Name) else ""
        if name in _FLAGS:
            if not isinstance(small.value, cst.Name) or small.value.value not in ("True", "False"):
                raise Refused(self.source, small, f"{name} is neither True nor False", _ANCHOR)
            self.flags[name] = small.value.value == "True"
        elif not name or name in ("method_mapping", "consumers", "mapping"):
            raise Refused(self.source, small, f"{name or 'this'} has no counterpart", _ANCHOR)
        self.members.add(name)

    def _check_raw(self) -> None:
        """The methods that 0.17 called first, if they do not just wrap the others."""
        for raw, role in _RAW.items():
            if raw in self.members and role in self.members and role != RECEIVE:
                raise Refused(self.source, self.node, f"it overrides {raw} and {role}", _ANCHOR)
        if "raw_connect" in self.members and "groups" in self.members and "connection_groups" not in self.members:
            raise Refused(self.source, self.node, "it overrides raw_connect, which joins its groups", _ANCHOR)

    def native(self) -> Native:
        """The class."""
        body: list[Any] = []
        done = set()
        for statement in self.node.body.body:
            if isinstance(statement, cst.FunctionDef):
                body.append(self._method(statement))
                done.add(statement.name.value)
            elif not self._is_flag(statement):
                body.append(self.attribute(statement))
        for role in (CONNECT, DISCONNECT):
            if "connection_groups" in self.members and not {role, f"raw_{role}"} & done:
                made = method(role, _empty(role), self._group_lines(role))
                body.append(made.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
        body.extend(self.more_methods())
        if self.has_groups or self.needs.handler:
            self.needs.handler = True
            handler = cst.parse_statement(HANDLER.strip())
            body.append(handler.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
        base, imports = native_base(self.source, self.base)
        imports.extend(self.more_imports())
        if self.needs.async_to_sync:
            imports.append("from asgiref.sync import async_to_sync")
        if self.needs.json:
            imports.append("import json")
        first = body[0]
        body[0] = first.with_changes(leading_lines=[line for line in first.leading_lines if line.comment is not None])
        node = self.node.with_changes(
            bases=[self.node.bases[0].with_changes(value=expression(base))],
            body=self.node.body.with_changes(body=body),
        )
        if self.needs.user and not self.flags.get("http_user"):
            raise Refused(self.source, self.node, "it uses the user without http_user = True", "rewriter.md#users")
        if self.needs.session:
            raise Refused(self.source, self.node, "it uses channel_session", "rewriter.md#sessions")
        return Native(self.file, self.name, [self.node, *self.parts], node, imports, self.needs, self.streams)

    def attribute(self, statement: Any) -> Any:
        """What becomes of a statement of the class that is no method."""
        return statement

    def more_methods(self) -> list[cst.FunctionDef]:
        """Methods that the native class needs besides its own, with a blank line above each."""
        return []

    def more_imports(self) -> list[str]:
        """What they need."""
        return []

    def body_of(self, function: cst.FunctionDef, role: str, message: str) -> Method:
        return Method(self, function, role, message)

    def _is_flag(self, statement: Node) -> bool:
        if not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Assign):
            return False
        target = statement.body[0].targets[0].target
        return isinstance(target, cst.Name) and target.value in _FLAGS

    def _group_lines(self, role: str) -> list[str]:
        accept = ["self.accept()"] if role == CONNECT else []
        if "connection_groups" not in self.members:
            return accept
        return [*accept, self.group_loop(role)]

    def group_loop(self, role: str) -> str:
        """The statement that joins, or leaves, the groups of a socket."""
        self.needs.async_to_sync = True
        line = _ADD if role == CONNECT else _ADD.replace("group_add", "group_discard")
        return f"for group in self.connection_groups(**{_KWARGS}):\n    {line}"

    # --- its methods ---

    def _method(self, function: cst.FunctionDef) -> cst.FunctionDef:
        name = function.name.value
        raw = name in _RAW
        role = _RAW[name] if raw else name if name in (CONNECT, RECEIVE, DISCONNECT) else ""
        plain = [*function.params.posonly_params, *function.params.params]
        if function.asynchronous or (function.decorators and (role or name == "connection_groups")):
            raise Refused(self.source, function, "it is asynchronous or decorated", _ANCHOR)
        if not plain or plain[0].name.value != "self":
            if role or any(isinstance(n, cst.Name) and n.value == "self" for n in function.body.children):
                raise Refused(self.source, function, "it has no self", _ANCHOR)
            return function
        takes_message = raw or role in _MESSAGE_METHODS
        message = plain[1].name.value if takes_message and len(plain) > 1 else ""
        if takes_message and not message:
            raise Refused(self.source, function, "its parameters are not (self, message, …)", _ANCHOR)
        body = self.body_of(function, role, message)
        converted = apply(cst.Module([function]), body.edits).body[0]
        assert isinstance(converted, cst.FunctionDef)
        if not role:
            return converted
        prelude = self._group_lines(role) if role in _MESSAGE_METHODS and not raw else []
        if name == "raw_connect":
            prelude = ["self.accept()"]
        start = 2 if takes_message or self.is_json else 1
        extra = plain[start:]
        shape = role
        if body.is_event:
            shape = "websocket_receive"
            code = cst.Module([converted]).code
            prelude = [f'{key}_data = event.get("{key}")' for key in ("text", "bytes") if f"{key}_data" in code]
        elif role == RECEIVE and self.is_json and not raw:
            if len(plain) < 2 or plain[1].default is not None:
                raise Refused(self.source, function, "its parameters are not (self, content, …)", _ANCHOR)
            shape = "receive_json"
        elif role == RECEIVE and not raw:
            frames = {"text": "text_data", "bytes": "bytes_data"}
            for param in [param for param in extra if param.name.value in frames]:
                if not isinstance(param.default, cst.Name) or param.default.value != "None":
                    raise Refused(self.source, function, "text and bytes are None by default", _ANCHOR)
                if param.name.value in body.names():
                    prelude.append(f"{param.name.value} = {frames[param.name.value]}")
            extra = [param for param in extra if param.name.value not in frames]
        prelude += self._arguments(function, extra, body)
        return self._shaped(shape, converted, plain, prelude)

    def _arguments(self, function: cst.FunctionDef, extra: list[cst.Param], body: Body) -> list[str]:
        rest = function.params.star_kwarg.name.value if function.params.star_kwarg is not None else ""
        every, optional = paths.names(self.path)
        names = {param.name.value for param in extra}
        odd = function.params.kwonly_params or function.params.star_arg is not cst.MaybeSentinel.DEFAULT
        if odd or names - every or (every - names and not rest):
            raise Refused(self.source, function, "its arguments and the path's groups differ", "rewriter.md#routing")
        used = [name for name in (*(p.name.value for p in extra), rest) if name and name in body.names()]
        if used and optional:
            raise Refused(self.source, function, "a group of the path is optional", "rewriter.md#routing")
        if rest in used and names:
            raise Refused(self.source, function, f"it takes arguments by name and by **{rest}", "rewriter.md#routing")
        return [f"{name} = {_KWARGS}" if name == rest else f'{name} = {_KWARGS}["{name}"]' for name in used]

    def _shaped(
        self, shape: str, function: cst.FunctionDef, plain: list[cst.Param], prelude: list[str]
    ) -> cst.FunctionDef:
        if shape == "receive_json":
            made = method(RECEIVE, function, prelude)
            params = cst.Parameters([cst.Param(cst.Name("self")), cst.Param(plain[1].name)])
            return made.with_changes(name=cst.Name(shape), params=params)
        return method(shape, function, prelude)


def _empty(role: str) -> cst.FunctionDef:
    made = cst.parse_statement(f"def {role}(self):\n    pass")
    assert isinstance(made, cst.FunctionDef)
    return made


class Method(Body):
    """The body of a method of a generic consumer: its message may be ``self.message``, its answers ``self.send``."""

    class_methods = frozenset(("group_send",))
    """What is called on the class, too."""

    def __init__(self, owner: GenericClass, function: cst.FunctionDef, role: str, message: str) -> None:
        self.owner = owner
        self.function = function
        name = function.name.value
        self.is_event = name == "raw_receive" and not owner.is_json and RECEIVE in owner.members
        calls = [node for node in inside(function.body) if isinstance(node, cst.Call) and self._is_super(node)]
        self.skipped = frozenset(node for each in calls for node in inside(each))
        super().__init__(owner.source, function, role, message, owner.needs)
        for each in calls:
            self._super(each)
        for node in inside(function.body):
            if isinstance(node, cst.Name) and node not in self.skipped:
                self._word(node, self.source.parents[node])
        self.groups()
        self.check_accepts()
        if self.accepts:
            raise self.refused(function, "a class of channels 1.x accepts by itself", _ANCHOR)

    def _word(self, node: cst.Name, parent: Node) -> None:
        is_attribute = isinstance(parent, cst.Attribute)
        if isinstance(parent, cst.Attribute) and parent.attr is node:
            return
        if node.value == "self":
            if not isinstance(parent, cst.Attribute):
                raise self.refused(node, "self is handed on or used as a whole", _ANCHOR)
            self._own(parent)
        elif self.is_class(node) and isinstance(parent, cst.Attribute) and parent.attr.value in self.class_methods:
            self._own(parent)
        elif node.value in ("super", self.owner.name):
            raise self.refused(node, f"it uses {node.value}{'' if is_attribute else ' as a whole'}", _ANCHOR)

    def is_class(self, node: cst.Name) -> bool:
        """Whether a name is that of the class."""
        return node.value == self.owner.name

    def _is_super(self, node: cst.Call) -> bool:
        """Whether it calls the same raw method of the base class, with all that it was given."""
        name = self.function.name.value
        if name not in _RAW or not isinstance(node.func, cst.Attribute) or node.func.attr.value != name:
            return False
        base = node.func.value
        return isinstance(base, cst.Call) and isinstance(base.func, cst.Name) and base.func.value == "super"

    def _super(self, node: cst.Call) -> None:
        line = self._line(node)
        given = [arg.star + (arg.value.value if isinstance(arg.value, cst.Name) else "?") for arg in node.args]
        params = self.function.params
        wanted = [params.params[1].name.value] + ([f"**{params.star_kwarg.name.value}"] if params.star_kwarg else [])
        if line is None or given != wanted:
            raise self.refused(node, "it does not hand on all that it is given", _ANCHOR)
        if self.is_event:
            text = "super().websocket_receive(event)"
        elif self.role == RECEIVE and self.owner.is_json:
            text = "super().receive(text_data=text_data, bytes_data=bytes_data)"
        elif self.role != RECEIVE and "connection_groups" in self.owner.members:
            text = self.owner.group_loop(self.role)
        else:
            self.edits[line] = lambda updated: cst.RemoveFromParent()
            return
        self.edits[line] = lambda updated: cst.parse_statement(text).with_changes(leading_lines=updated.leading_lines)

    def _own(self, node: cst.Attribute) -> None:
        name, parent = node.attr.value, self.source.parents[node]
        if name in self.owner.kept:
            return
        if self._is_target(node):
            raise self.refused(node, f"self.{name} is set", _ANCHOR)
        if name == "message":
            self._message(node, parent)
        elif name in ("kwargs", "path"):
            new = expression(_KWARGS if name == "kwargs" else 'self.scope["path"]')
            self.edits[node] = lambda updated: new
        elif name in ("send", "close") or name in self.class_methods:
            if not isinstance(parent, cst.Call) or parent.func is not node:
                raise self.refused(node, f"self.{name} is handed on", _ANCHOR)
            self.convert_call(name, parent)
        elif name not in self.owner.members and name not in ("connection_groups", "groups"):
            raise self.refused(node, f"self.{name} is not known", _ANCHOR)

    def convert_call(self, name: str, whole: cst.Call) -> None:
        """Convert a call of one of the class's own methods."""
        line = self._line(whole)
        if line is None:
            raise self.refused(whole, f"self.{name}() is not a statement of its own", _ANCHOR)
        self.content_of(name, whole)  # refuses what it does not know
        if name == "group_send":
            self.needs.async_to_sync = True
            self.edits[line] = statements(lambda updated: [self._to_group(updated)])
        else:
            self.edits[line] = statements(lambda updated: self._to_client(name, whole, updated))

    def content_of(self, name: str, whole: cst.Call) -> tuple[list[cst.BaseExpression], dict[str, cst.BaseExpression]]:
        """The legacy message that a call sends, as the parts of a dict; with the name of the group before it."""
        names = ["content", "close"] if self.owner.is_json else ["text", "bytes", "close"]
        names = ["name", *names] if name == "group_send" else [] if name == "close" else names
        given = self.given(name, whole, names)
        if set(given) - {*names, "close"} or len({"text", "bytes", "content"} & set(given)) != (name != "close"):
            raise self.refused(whole, f"self.{name}() is called with other arguments", _ANCHOR)
        group = [given.pop("name")] if name == "group_send" else []
        return group, given

    def given(self, name: str, whole: cst.Call, names: list[str]) -> dict[str, cst.BaseExpression]:
        """The arguments of a call by the names of the parameters; ``close`` only if it closes."""
        given: dict[str, cst.BaseExpression] = {}
        if any(arg.star for arg in whole.args) or len(whole.args) > len(names):
            raise self.refused(whole, f"self.{name}() is called with other arguments", _ANCHOR)
        for position, arg in zip(names, whole.args):
            given[arg.keyword.value if arg.keyword else position] = arg.value
        close = given.pop("close", None)
        if close is not None and not (isinstance(close, cst.Name) and close.value in ("True", "False")):
            raise self.refused(whole, "whether it closes depends", _ANCHOR)
        if name == "close" or (isinstance(close, cst.Name) and close.value == "True"):
            given["close"] = cst.Name("True")
        return given

    def _dict(self, parts: dict[str, cst.BaseExpression]) -> cst.Dict:
        if "content" in parts:
            self.needs.json = True
        items = [
            cst.DictElement(
                cst.SimpleString('"text"' if key == "content" else f'"{key}"'),
                call("json.dumps", value) if key == "content" else value,
            )
            for key, value in parts.items()
        ]
        return cst.Dict(items)

    def _to_group(self, updated: cst.Call) -> cst.Expr:
        group, parts = self.content_of("group_send", updated)
        return cst.Expr(group_call("send", group[0], event_of(self._dict(parts)), "self.channel_layer"))

    def _to_client(self, name: str, whole: cst.Call, updated: cst.Call) -> list[cst.BaseSmallStatement]:
        _, parts = self.content_of(name, updated)
        simple = "content" in parts or ("text" in parts and never_empty(parts["text"])) or set(parts) == {"close"}
        if not simple or self.follows_a_group(whole):
            return self.frames(whole, self._dict(parts))
        made: list[cst.BaseSmallStatement] = []
        if "content" in parts:
            made.append(cst.Expr(call("self.send_json", parts["content"])))
        elif "text" in parts:
            made = self.frames(whole, self._dict({"text": parts["text"]}))
        if "close" in parts:
            made.append(cst.Expr(call("self.close")))
        return made
