"""A demultiplexer of 0.17 and the consumers of its streams, as one native consumer with a method for each stream."""

from __future__ import annotations

from typing import Any, ClassVar

import libcst as cst

from ..engine import apply
from ..model import Edit, Node
from .body import RECEIVE, Refused, call, canonical, expression, inside, literal_key, literal_keys
from .classes import GenericClass, Method
from .files import Files
from .routing import ROUTE, Entry
from .sockets import Native, Socket, check_unused

_BASE = "generic.websockets.WebsocketDemultiplexer"
_ANCHOR = "rewriter.md#demultiplexers"
_USER = "auth.channel_session_user"
_DECORATORS = frozenset((_USER, "auth.channel_session", "sessions.channel_session"))
# What channels calls by these names, or the conversion does.
_TAKEN = frozenset(
    ("accept", "as_asgi", "await_many_dispatch", "base_send", "channel_layer", "channel_layer_alias", "channel_name")
    + ("channel_receive", "close", "connect", "consumer_class", "decode_json", "disconnect", "dispatch")
    + ("encode_json", "group_send", "groups", "mapping", "receive", "receive_json", "scope", "send", "send_json")
    + ("websocket_connect", "websocket_disconnect", "websocket_receive", "websocket_send")
)
_IMPORTS = {
    "json": ("json", "import json"),
    "logging": ("logging", "import logging"),
    "DjangoJSONEncoder": (
        "django.core.serializers.json.DjangoJSONEncoder",
        "from django.core.serializers.json import DjangoJSONEncoder",
    ),
}
_METHODS = """
def receive(self, text_data=None, bytes_data=None):
    # As in channels 0.17, an error is logged and leaves the socket open.
    try:
        frame = self.decode_json(text_data)
        if not isinstance(frame["payload"], dict):
            raise ValueError("the payload of a frame is no dict")
        getattr(self, self.mapping[frame["stream"]])(frame["payload"])
    except Exception:
        logging.getLogger("django.channels").exception("Error in a frame or in the consumer of its stream:")

@classmethod
def encode_json(cls, content):
    return json.dumps(content, cls=DjangoJSONEncoder)
"""
_CHANNEL = frozenset(("Channel", "channel.Channel"))
_ENCODE = expression("self.encode_json")


def is_demultiplexer(socket: Socket, files: Files) -> bool:
    """Whether the class of a socket is one."""
    entry = socket.first
    found = files.find(entry.file, entry.consumer) if entry.consumer is not None else None
    return found is not None and any(
        canonical(found[0].source, base.value) == _BASE
        for definition in found[0].top[found[1]]
        if isinstance(definition, cst.ClassDef)
        for base in definition.bases
    )


class Demultiplexer(GenericClass):
    """Makes the native class of a demultiplexer whose streams all belong to functions beside it."""

    bases: ClassVar[dict[str, str]] = {_BASE: "JsonWebsocketConsumer"}

    def find_parts(self, files: Files, entries: list[Entry]) -> None:
        self._mapping = self._find_mapping()
        pairs = [pair for pair in self._mapping.elements if isinstance(pair, cst.DictElement)]
        channels = [literal_key(pair.value) or "" for pair in pairs]
        if len(pairs) < len(self._mapping.elements) or not all(channels) or literal_keys(self._mapping) is None:
            raise Refused(self.source, self._mapping, "its mapping is not written out", _ANCHOR)
        for channel, pair in dict(zip(channels, pairs)).items():
            entry = self._route(channel, pair, entries)
            function = self._function(entry, pair, files, entries)
            self._check_named_once(channel, entry, files)
            self.streams.append(entry)
            self.parts.append(function)
        self._names = dict(zip(dict.fromkeys(channels), (part.name.value for part in self.parts)))

    def _find_mapping(self) -> cst.Dict:
        lines = [line for line in self.node.body.body if isinstance(line, cst.SimpleStatementLine)]
        smalls = [small for line in lines for small in line.body if isinstance(small, cst.Assign)]
        found = [small for small in smalls if self._is_mapping(small)]
        if len(found) != 1 or not isinstance(found[0].value, cst.Dict):
            why = "its streams are not in one mapping (consumers, of channels 1.x, is none)"
            raise Refused(self.source, found[0] if found else self.node, why, _ANCHOR)
        return found[0].value

    def _is_mapping(self, node: cst.Assign) -> bool:
        target = node.targets[0].target
        return len(node.targets) == 1 and isinstance(target, cst.Name) and target.value == "mapping"

    def _route(self, channel: str, pair: Node, entries: list[Entry]) -> Entry:
        found = [entry for entry in entries if channel in entry.channels]
        if len(found) != 1:
            raise Refused(self.source, pair, f"{channel} has {len(found) or 'no'} routes", _ANCHOR)
        entry = found[0]
        plain = entry.kind == ROUTE and not entry.takes_sockets and entry.element is not None and not entry.odd
        if not plain or entry.path is not None or entry.opaque:
            raise Refused(entry.file.source, entry.node, f"this is no plain route of {channel} alone", _ANCHOR)
        if entry.file.source.ignores(entry.node, "NA201", "consumers"):
            raise Refused(entry.file.source, entry.node, "a comment keeps it", "rewriter.md#report")
        return entry

    def _function(self, entry: Entry, pair: Node, files: Files, entries: list[Entry]) -> cst.FunctionDef:
        found = files.find(entry.file, entry.consumer) if entry.consumer is not None else None
        definitions = self.file.top.get(found[1], []) if found is not None and found[0] is self.file else []
        function = definitions[0] if len(definitions) == 1 else None
        channel = entry.channels[0]
        if found is None or not isinstance(function, cst.FunctionDef):
            raise Refused(self.source, pair, f"the consumer of {channel} is no function of the same file", _ANCHOR)
        check_unused(self.file, found[1], files, entries)
        if sum(e.consumer is not None and files.find(e.file, e.consumer) == found for e in entries) > 1:
            raise Refused(self.source, function, f"{found[1]} belongs to other routes too", _ANCHOR)
        if found[1] in _TAKEN or found[1].startswith(("__", "_sync")):
            raise Refused(self.source, function, f"a native consumer has another {found[1]}: rename it", _ANCHOR)
        return function

    def _check_named_once(self, channel: str, entry: Entry, files: Files) -> None:
        """Nobody else may send to a stream's channel."""
        for path in files.with_word(channel):
            file = files.get(path)
            for node in file.source.nodes.get(cst.SimpleString, []) if file else ():
                assert file is not None
                assert isinstance(node, cst.SimpleString)
                allowed = {entry.node, self._mapping}.intersection(file.source.ancestors(node))
                if node.evaluated_value == channel and not allowed:
                    raise Refused(file.source, node, f"{channel} is named here too", _ANCHOR)

    def read_attribute(self, small: cst.Assign) -> None:
        if not self._is_mapping(small):
            super().read_attribute(small)

    # --- the native class ---

    def attribute(self, statement: Any) -> Any:
        """The mapping names methods now."""
        if self._mapping not in inside(statement):
            return statement
        names = (self._names[literal_key(pair.value) or ""] for pair in self._mapping.elements)
        edits: dict[Node, Edit] = {
            pair.value: _constantly(cst.SimpleString(f'"{name}"')) for pair, name in zip(self._mapping.elements, names)
        }
        return apply(cst.Module([statement]), edits).body[0]

    def native(self) -> Native:
        for name in (RECEIVE, "raw_receive", "encode", "encode_json", *self._names.values()):
            if name in self.members | self.kept:
                raise Refused(self.source, self.node, f"it has a method {name} of its own", _ANCHOR)
        for name, (meaning, _) in _IMPORTS.items():
            named = [node for node in self.source.nodes.get(cst.Name, []) if node.value == name]  # type: ignore[attr-defined]
            if self.source.binds(name) and not any(self.source.meaning(node) == meaning for node in named):
                raise Refused(self.source, self.node, f"its file has a {name} of its own", _ANCHOR)
        return super().native()

    def more_methods(self) -> list[cst.FunctionDef]:
        made = [self._stream(function) for function in self.parts]
        for statement in cst.parse_module(_METHODS.strip()).body:
            assert isinstance(statement, cst.FunctionDef)
            made.append(statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
        return made

    def more_imports(self) -> list[str]:
        return [statement for _, statement in _IMPORTS.values()]

    def body_of(self, function: cst.FunctionDef, role: str, message: str) -> Method:
        return _Method(self, function, role, message)

    def _stream(self, function: cst.FunctionDef) -> cst.FunctionDef:
        """The consumer of a stream as a method, which is given the payload."""
        params = function.params
        plain = [*params.posonly_params, *params.params]
        odd = params.kwonly_params or params.star_arg is not cst.MaybeSentinel.DEFAULT
        decorators = {canonical(self.source, each.decorator) for each in function.decorators}
        if function.asynchronous or odd or len(plain) != 1 or plain[0].default is not None:
            raise Refused(self.source, function, "it is asynchronous, or its parameters are not (message)", _ANCHOR)
        if not decorators <= _DECORATORS:
            raise Refused(self.source, function, "one of its decorators may check rights, or order frames", _ANCHOR)
        message = plain[0].name
        body = _Stream(self, function, message.value, has_user=_USER in decorators)
        rest = {params.star_kwarg.name.value} if params.star_kwarg is not None else set()
        for name in sorted(({"self"} | rest) & (body.names() | {message.value})):
            raise Refused(self.source, function, f"it uses the name {name}", _ANCHOR)
        converted = apply(cst.Module([function]), body.edits).body[0]
        assert isinstance(converted, cst.FunctionDef)
        comments = [line for line in (*function.leading_lines, *function.lines_after_decorators) if line.comment]
        return converted.with_changes(
            decorators=[],
            params=cst.Parameters([cst.Param(cst.Name("self")), cst.Param(message)]),
            leading_lines=[cst.EmptyLine(indent=False), *comments],
            lines_after_decorators=[],
        )


def _constantly(node: cst.BaseExpression) -> Edit:
    return lambda updated: node


class _Method(Method):
    """The body of a method of a demultiplexer: what it sends has the name of a stream beside it."""

    class_methods = frozenset(("group_send", "encode"))
    owner: Demultiplexer

    def is_class(self, node: cst.Name) -> bool:
        return super().is_class(node) or canonical(self.source, node) == _BASE

    def convert_call(self, name: str, whole: cst.Call) -> None:
        if name != "encode":
            return super().convert_call(name, whole)
        self.content_of(name, whole)  # refuses what it does not know
        self.edits[whole] = lambda updated: self._dict(self.content_of(name, updated)[1])
        return None

    def content_of(self, name: str, whole: cst.Call) -> tuple[list[cst.BaseExpression], dict[str, cst.BaseExpression]]:
        group = ["name"] if name == "group_send" else []
        names = [] if name == "close" else [*group, "stream", "payload"]
        given = self.given(name, whole, [*names, "close"] if group else names)
        close = {"close": given.pop("close")} if "close" in given else {}
        if given.keys() != set(names) or (close and name in ("send", "encode")):
            raise self.refused(whole, f"self.{name}() is called with other arguments", _ANCHOR)
        if not names:
            return [], close
        frame = cst.Dict([cst.DictElement(cst.SimpleString(f'"{key}"'), given[key]) for key in ("stream", "payload")])
        return [given[key] for key in group], {"text": call("self.encode_json", frame), **close}

    def frames(self, whole: Node, content: cst.BaseExpression) -> list[cst.BaseSmallStatement]:
        keys = literal_keys(content) or {}
        text = keys.get("text") if len(keys) == 1 else None
        if isinstance(text, cst.Call) and text.func.deep_equals(_ENCODE) and not self.follows_a_group(whole):
            return [cst.Expr(call("self.send_json", text.args[0].value))]
        return super().frames(whole, content)


class _Stream(_Method):
    """The body of the consumer of a stream: its message is the payload, with the reply channel of the socket."""

    def __init__(self, owner: Demultiplexer, function: cst.FunctionDef, message: str, has_user: bool) -> None:
        self._name, self._has_user = message, has_user
        super().__init__(owner, function, "stream", message)

    def _no_raise(self) -> None:
        """The method is called where errors are caught, those of channels' own aside."""
        for node in inside(self.function.body):
            raised = node.exc if isinstance(node, cst.Raise) else None
            if raised is not None and canonical(self.source, raised.func if isinstance(raised, cst.Call) else raised):
                raise self.refused(raised, "this error means something to channels", _ANCHOR)

    def _message(self, use: Node, parent: Node) -> None:
        if isinstance(parent, cst.Attribute) and parent.value is use:
            name = parent.attr.value
            if name == "user" and not self._has_user:
                raise self.refused(parent, "it has a user only with @channel_session_user", "rewriter.md#users")
            if name == "content":
                return self._content(parent, self.source.parents[parent])
            if name != "get":
                return super()._message(use, parent)
        return self._content(use, parent)

    def _content(self, content: Node, parent: Node) -> None:
        key = self.key_read(content, parent)
        if key == "reply_channel" and isinstance(parent, cst.Subscript):
            return self._reply_channel_name(parent)
        if key is None or key == "reply_channel":
            raise self.refused(content, "the message is handed on or used as a whole", _ANCHOR)
        if isinstance(content, cst.Attribute):
            self.edits[content] = _constantly(cst.Name(self._name))
        return None

    def _reply_channel(self, node: Node) -> None:
        parent = self.source.parents[node]
        if isinstance(parent, cst.Attribute) and parent.attr.value == "name":
            self._reply_channel_name(parent)
        else:
            super()._reply_channel(node)

    def _reply_channel_name(self, node: Node) -> None:
        """``Channel(name).send(…)`` is an answer too."""
        _, channel, function, whole, *_ = self.source.ancestors(node)
        if not isinstance(channel, cst.Call) or canonical(self.source, channel.func) not in _CHANNEL:
            return self._value(node, "reply_channel", required=True)
        is_send = isinstance(function, cst.Attribute) and function.attr.value == "send"
        if not is_send or not isinstance(whole, cst.Call) or len(channel.args) != 1:
            raise self.refused(channel, "this is no plain Channel(name).send(…)", _ANCHOR)
        return self._reply(whole)
