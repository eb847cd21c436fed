"""Custom channels: a function that consumes one, as a native consumer for ``runworker``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from ..engine import apply
from ..model import Node
from .body import Body, Needs, Refused, call, channel_name, event_of, has_name, literal_key, literal_keys, statements
from .files import File, Files
from .routing import ROUTE, Entry, Routing
from .sockets import Native, check_unused, class_name, method

_ANCHOR = "rewriter.md#custom-channels"
_REDIS = ("asgi_redis.", "channels_redis.")
# Keys that the way over the layer gives a meaning of its own.
_OURS = frozenset(("type", "__retries__"))
_COMMENT = "# What is sent to the channel, by legacy code too."


@dataclass
class Worker:
    """A custom channel.

    Attributes:
        entry: its route.
        native: what its consumer becomes.
        refused: why it stays as it is.
    """

    entry: Entry
    native: Native | None = None
    refused: Refused | None = None

    @property
    def channel(self) -> str:
        return self.entry.channels[0]


def workers(routing: Routing, files: Files, taken: dict[str, set[str]]) -> list[Worker]:
    """All custom channels of a project.

    Args:
        routing: its routes.
        files: its files.
        taken: path -> names of classes that are given already; added to.
    """
    found = [Worker(e) for e in routing.entries if not e.takes_sockets and not e.channels[0].startswith("http.")]
    for worker in found:
        try:
            worker.native = _Conversion(worker.entry, routing, files, taken).native()
        except Refused as refused:
            worker.refused = refused
    return found


class _Conversion:
    def __init__(self, entry: Entry, routing: Routing, files: Files, taken: dict[str, set[str]]) -> None:
        source, node = entry.file.source, entry.node
        if entry.kind != ROUTE or entry.element is None or entry.consumer is None or len(entry.channels) != 1:
            raise Refused(source, node, "this is no plain route of one channel", "rewriter.md#routing")
        if entry.odd or entry.path is not None or entry.opaque:
            raise Refused(source, node, "ChannelNameRouter has no filters", "rewriter.md#routing")
        if sum(entry.channels[0] in each.channels for each in routing.entries) > 1:
            raise Refused(source, node, "it has several routes", _ANCHOR)
        if source.ignores(node, "NA201", "consumers"):
            raise Refused(source, node, "a comment keeps it", "rewriter.md#report")
        self._check_layers(entry, files)
        found = files.find(entry.file, entry.consumer)
        definitions = found[0].top[found[1]] if found else []
        if found is None or len(definitions) != 1 or not isinstance(definitions[0], cst.FunctionDef):
            raise Refused(source, node, "its consumer is not found in the project as one function", _ANCHOR)
        self.entry, self.file, self.function = entry, found[0], definitions[0]
        check_unused(self.file, found[1], files, routing.entries)
        if sum(e.consumer is not None and files.find(e.file, e.consumer) == found for e in routing.entries) > 1:
            raise Refused(source, node, f"{found[1]} belongs to other routes too", _ANCHOR)
        self._check_senders(files)
        self._taken = taken.setdefault(self.file.path, set())

    def _check_layers(self, entry: Entry, files: Files) -> None:
        """A layer in memory reaches no worker process."""
        backends = list(_backends(files))
        if not backends or not all((name or "").startswith(_REDIS) for name in backends):
            why = "a native worker is a process of its own, and the settings do not always name Redis"
            raise Refused(entry.file.source, entry.node, why, _ANCHOR)

    def _check_senders(self, files: Files) -> None:
        """Whoever names the channel must send a dict without keys that the layer knows."""
        for path in files.with_word(self.entry.channels[0]):
            file = files.get(path)
            for node in file.source.nodes.get(cst.SimpleString, []) if file else ():
                assert file is not None
                assert isinstance(node, cst.SimpleString)
                if node.evaluated_value != self.entry.channels[0] or self.entry.node in file.source.ancestors(node):
                    continue
                if not sends_plainly(file, node):
                    why = f"{self.entry.channels[0]} is named here otherwise than in Channel(…).send({{…}})"
                    raise Refused(file.source, node, why, _ANCHOR)

    def native(self) -> Native:
        function = self.function
        params = function.params
        plain = [*params.posonly_params, *params.params]
        odd = params.kwonly_params or params.star_arg is not cst.MaybeSentinel.DEFAULT
        if function.asynchronous or function.decorators or odd or len(plain) != 1 or plain[0].default is not None:
            raise Refused(self.file.source, function, "it is decorated, or its parameters are not (message)", _ANCHOR)
        needs = Needs()
        body = _WorkerBody(self.file.source, function, "worker", plain[0].name.value, needs)
        body.groups()
        rest = params.star_kwarg.name.value if params.star_kwarg is not None else ""
        for name in sorted({"self", "event", rest} & body.names()):
            raise Refused(self.file.source, function, f"it uses the name {name}", _ANCHOR)
        converted = apply(cst.Module([function]), body.edits).body[0]
        assert isinstance(converted, cst.FunctionDef)
        made = method("websocket_send", converted, []).with_changes(
            leading_lines=[cst.EmptyLine(comment=cst.Comment(_COMMENT))]
        )
        imports = ["from channels.consumer import SyncConsumer"]
        if needs.async_to_sync:
            imports.append("from asgiref.sync import async_to_sync")
        name = class_name([function], f"^/{self.entry.channels[0]}", self.file, self._taken)
        node = cst.ClassDef(
            name=cst.Name(name),
            bases=[cst.Arg(cst.Name("SyncConsumer"))],
            body=cst.IndentedBlock([made]),
            leading_lines=function.leading_lines,
        )
        return Native(self.file, name, [function], node, imports, needs)


def _backends(files: Files) -> Iterator[str | None]:
    """What all CHANNEL_LAYERS of the project name; None for what is computed."""
    for path in files.with_word("CHANNEL_LAYERS"):
        file = files.get(path)
        for pair in file.source.nodes.get(cst.DictElement, []) if file else ():
            assert isinstance(pair, cst.DictElement)
            if literal_key(pair.key) == "BACKEND":
                yield literal_key(pair.value)


def sends_plainly(file: File, name: Node) -> bool:
    """Whether a literal is the name in ``Channel(name).send({…})``, without keys of the layer's own in the dict."""
    arg = file.source.parents[name]
    channel = file.source.parents[arg] if isinstance(arg, cst.Arg) else None
    function = file.source.parents[channel] if isinstance(channel, cst.Call) else None
    whole = file.source.parents[function] if isinstance(function, cst.Attribute) else None
    return isinstance(whole, cst.Call) and channel_name(file.source, whole) is not None


class _WorkerBody(Body):
    """The body of a custom channel's consumer: its message is the event."""

    def _message(self, use: Node, parent: Node) -> None:
        if isinstance(parent, cst.Attribute) and parent.value is use:
            if parent.attr.value == "reply_channel":
                return self._reply_channel(parent)
            if parent.attr.value == "content":
                return self._content(parent, self.source.parents[parent])
            if parent.attr.value != "get":
                raise self.refused(parent, f"message.{parent.attr.value} has no counterpart", _ANCHOR)
        return self._content(use, parent)

    def _content(self, content: Node, parent: Node) -> None:
        key = self.key_read(content, parent)
        if key is None or key in _OURS:
            raise self.refused(content, "the message is handed on or used as a whole", _ANCHOR)
        self.edits[content] = lambda updated: cst.Name("event")

    def _reply_channel(self, node: Node) -> None:
        parent = self.source.parents[node]
        whole = self.source.parents[parent]
        name = cst.parse_expression('event["reply_channel"]')
        if isinstance(parent, cst.Attribute) and parent.attr.value == "name":
            self.edits[parent] = lambda updated: name
        elif isinstance(parent, cst.Attribute) and parent.attr.value == "send" and isinstance(whole, cst.Call):
            self._reply(whole)
        elif isinstance(parent, cst.Arg) and isinstance(whole, cst.Call) and self._is_member_call(whole):
            self.group(whole, lambda argument: name)
        else:
            raise self.refused(node, "the reply channel is kept or handed on; use its name", _ANCHOR)

    def _is_member_call(self, whole: cst.Call) -> bool:
        """Whether it is ``Group(name).add(…)`` or ``.discard(…)``."""
        function = whole.func
        if not isinstance(function, cst.Attribute) or function.attr.value not in ("add", "discard"):
            return False
        return len(whole.args) == 1 and has_name(self.source, function.value)

    def _reply(self, whole: cst.Call) -> None:
        line = self._line(whole)
        keys = literal_keys(whole.args[0].value) if len(whole.args) == 1 else None
        if line is None or keys is None or not keys.keys() <= {"text", "bytes", "close"}:
            raise self.refused(whole, "whether this sends text, bytes or close only is not certain", _ANCHOR)
        self.needs.async_to_sync = True
        name = cst.parse_expression('event["reply_channel"]')
        self.edits[line] = statements(
            lambda updated: [
                cst.Expr(call("async_to_sync(self.channel_layer.send)", name, event_of(updated.args[0].value)))
            ]
        )
