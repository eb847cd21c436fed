"""The body of a legacy consumer as that of a method of a native one: what can be said there, and what cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
from libcst.metadata import Assignment, FunctionScope

from ..model import Edit, Node
from ..source import Source

CONNECT, RECEIVE, DISCONNECT = "connect", "receive", "disconnect"
WIRE_TYPE = '"type": "websocket.send"'

_FRAME_KEYS = frozenset(("text", "bytes", "close"))
_DICT_METHODS = frozenset(("get", "pop", "setdefault", "items", "keys", "values", "update"))
_QUERY_PARSERS = frozenset(("parse_qs", "parse_qsl", "QueryDict"))


class Refused(Exception):
    """A place that cannot be converted surely, and so the whole consumer.

    Args:
        node: the place, in ``source``.
        why: as in :class:`~compat.rewriter.model.Left`.
        anchor: page#heading of the guide.
    """

    def __init__(self, source: Source, node: Node, why: str, anchor: str = "rewriter.md#consumers") -> None:
        super().__init__(why)
        self.source, self.node, self.why, self.anchor = source, node, why, anchor


@dataclass
class Needs:
    """What a converted consumer asks of its surroundings."""

    user: bool = False
    session: bool = False
    handler: bool = False
    async_to_sync: bool = False
    json: bool = False
    browser_session: bool = False
    kept: list[tuple[Node, str]] = field(default_factory=list)
    """Places in it that go on using the shim."""


def canonical(source: Source, node: Node) -> str:
    """What ``node`` is of the old API, without the package: ``Group``, ``routing.route``; "" if nothing."""
    name = source.meaning(node)
    for prefix in ("compat.v0.", "channels."):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return ""


def is_group(source: Source, node: Node) -> bool:
    return isinstance(node, cst.Call) and canonical(source, node.func) in ("Group", "channel.Group")


def expression(text: str) -> cst.BaseExpression:
    return cst.parse_expression(text)


def literal_key(node: cst.BaseExpression) -> str | None:
    if isinstance(node, cst.SimpleString) and isinstance(node.evaluated_value, str):
        return node.evaluated_value
    return None


def literal_keys(node: cst.BaseExpression) -> dict[str, cst.BaseExpression] | None:
    """A dict literal whose keys are all plain strings."""
    if not isinstance(node, cst.Dict):
        return None
    found = {}
    for element in node.elements:
        key = literal_key(element.key) if isinstance(element, cst.DictElement) else None
        if key is None:
            return None
        found[key] = element.value
    return found


def _is(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def never_empty(node: cst.BaseExpression) -> bool:
    """Whether a text is surely not "": 0.17 sent no empty frames."""
    if isinstance(node, cst.SimpleString):
        return bool(node.evaluated_value)
    if isinstance(node, cst.FormattedString):
        return any(isinstance(part, cst.FormattedStringText) and part.value for part in node.parts)
    if isinstance(node, cst.BinaryOperation):
        if isinstance(node.operator, cst.Modulo):
            text = literal_key(node.left)
            return bool(text) and not str(text).startswith("%")
        return isinstance(node.operator, cst.Add) and (never_empty(node.left) or never_empty(node.right))
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.attr.value == "dumps" and _is(node.func.value, "json")
    return False


def only_argument(call: cst.Call) -> cst.BaseExpression | None:
    """What a call of the old ``send`` sends; ``immediately`` of channels 1.x means nothing here."""
    given = [arg for arg in call.args if arg.keyword is None or arg.keyword.value != "immediately"]
    if len(given) != 1 or given[0].star or (given[0].keyword and given[0].keyword.value != "content"):
        return None
    return given[0].value


def event_of(content: cst.BaseExpression) -> cst.BaseExpression:
    """The event that carries a legacy message, so that legacy sockets in the same group understand it too."""
    mark = cst.DictElement(cst.SimpleString('"type"'), cst.SimpleString('"websocket.send"'))
    if isinstance(content, cst.Dict) and literal_keys(content) is not None:
        first = mark.with_changes(comma=_comma_like(content))
        return content.with_changes(elements=[first, *content.elements])
    spread = cst.StarredDictElement(content)
    return cst.Dict([mark, spread])


def _comma_like(content: cst.Dict) -> Any:
    if not content.elements:
        return cst.MaybeSentinel.DEFAULT
    before = content.lbrace.whitespace_after
    if isinstance(before, cst.ParenthesizedWhitespace):
        line = cst.TrailingWhitespace(newline=before.first_line.newline)
        return cst.Comma(whitespace_after=before.with_changes(first_line=line, empty_lines=[]))
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def call(function: str, *arguments: cst.BaseExpression) -> cst.Call:
    made = cst.parse_expression(f"{function}()")
    assert isinstance(made, cst.Call)
    return made.with_changes(args=[cst.Arg(argument) for argument in arguments])


def group_call(method: str, name: cst.BaseExpression, argument: cst.BaseExpression, layer: str) -> cst.Call:
    """``async_to_sync(self.channel_layer.group_send)(name, argument)``"""
    return call(f"async_to_sync({layer}.group_{method})", name, argument)


def statements(make: Callable[[Any], list[cst.BaseSmallStatement]]) -> Edit:
    """An edit of the line or the one-line suite that consists of one expression statement."""

    def edit(updated: Any) -> Any:
        new = make(updated.body[0].value)
        if isinstance(updated, cst.SimpleStatementSuite):
            return updated.with_changes(body=new)
        lines = [cst.SimpleStatementLine([statement]) for statement in new]
        lines[0] = lines[0].with_changes(leading_lines=updated.leading_lines)
        lines[-1] = lines[-1].with_changes(trailing_whitespace=updated.trailing_whitespace)
        return cst.FlattenSentinel(lines)

    return edit


class Body:
    """Collects the edits that make a function's body that of a method.

    Args:
        source: the file.
        function: the legacy consumer.
        role: CONNECT, RECEIVE, DISCONNECT; "" for any other method of a class.
        message: the name of its message parameter, or "" if it has none.
        needs: what is asked of the surroundings; added to.

    Attributes:
        skipped: names in the body that are dealt with elsewhere.

    Raises:
        Refused: something in it cannot be converted.
    """

    skipped: frozenset[Node] = frozenset()

    def __init__(self, source: Source, function: cst.FunctionDef, role: str, message: str, needs: Needs) -> None:
        self.source, self.function, self.role, self.needs = source, function, role, needs
        self.edits: dict[Node, Edit] = {}
        self.accepts = False
        scope = source.scope(function.body)
        assert isinstance(scope, FunctionScope)
        self.scope = scope
        self._replies: list[Node] = []
        self._statements = list(self._calls())
        if message:
            for use in self._uses(message):
                if use not in self.skipped:
                    self._message(use, self.source.parents[use])
        self._no_raise()

    # --- what the function says ---

    def names(self) -> set[str]:
        """All variables that are used in the function."""
        return {
            node.value
            for node in inside(self.function.body)
            if isinstance(node, cst.Name) and node not in self.skipped and _is_variable(node, self.source.parents[node])
        }

    def _calls(self) -> Iterator[cst.Call]:
        return (node for node in inside(self.function.body) if isinstance(node, cst.Call))

    def _uses(self, name: str) -> list[Node]:
        assignments = [found for found in self.scope[name] if found.scope is self.scope]
        if len(assignments) != 1 or not isinstance(assignments[0], Assignment):
            raise self.refused(self.function, f"{name} is bound to something else in it")
        found: dict[Node, None] = {}
        for access in assignments[0].references:
            node: Node = access.node
            while isinstance(node, cst.Attribute):
                node = node.value
            found[node] = None
        # LibCST keeps them in a set; the first that cannot be converted is reported.
        return sorted(found, key=self.source.place)

    def refused(self, node: Node, why: str, anchor: str = "rewriter.md#consumers") -> Refused:
        return Refused(self.source, node, why, anchor)

    def _no_raise(self) -> None:
        for node in inside(self.function.body):
            if isinstance(node, cst.Raise) and not self._is_caught(node):
                why = "it raises: channels >= 2 closes the socket then, 0.17 kept it open"
                raise self.refused(node, why, "rewriter.md#errors")

    def _is_caught(self, node: Node) -> bool:
        inner = node
        for ancestor in self.source.ancestors(node):
            if ancestor is self.function:
                return False
            if isinstance(ancestor, cst.Try) and inner is ancestor.body and ancestor.handlers:
                return True
            inner = ancestor
        return False

    # --- the message ---

    def _message(self, use: Node, parent: Node) -> None:
        """Convert one use of the message; ``use`` is the name, or ``self.message``."""
        if isinstance(parent, cst.Attribute) and parent.value is use:
            attribute = parent.attr.value
            if attribute == "reply_channel":
                return self._reply_channel(parent)
            if attribute == "content":
                return self._content(parent, self.source.parents[parent])
            if attribute == "get":
                return self._content(use, parent)
            if attribute == "user":
                return self._user(parent)
            if attribute == "channel_session":
                return self._channel_session(parent)
            raise self.refused(parent, f"message.{attribute} has no counterpart")
        return self._content(use, parent)

    def _content(self, content: Node, parent: Node) -> None:
        """``content["key"]``, ``content.get("key")``, ``"key" in content``"""
        if isinstance(parent, cst.Subscript) and parent.value is content:
            index = parent.slice[0].slice
            if len(parent.slice) == 1 and isinstance(index, cst.Index):
                return self._value(parent, literal_key(index.value), required=True)
        if isinstance(parent, cst.Attribute) and parent.attr.value == "get":
            whole = self.source.parents[parent]
            if isinstance(whole, cst.Call) and whole.func is parent and len(whole.args) == 1:
                return self._value(whole, literal_key(whole.args[0].value), required=False)
        if isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn)):
            whole = self.source.parents[parent]
            assert isinstance(whole, cst.Comparison)
            name = {"text": "text_data", "bytes": "bytes_data"}.get(literal_key(whole.left) or "")
            if name and self.role == RECEIVE and len(whole.comparisons) == 1:
                operator = "is not" if isinstance(parent.operator, cst.In) else "is"
                alone = isinstance(self.source.parents[whole], (cst.If, cst.While, cst.BooleanOperation, cst.Assign))
                new = expression(f"{name} {operator} None" if alone else f"({name} {operator} None)")
                self.edits[whole] = lambda updated: new
                return None
        raise self.refused(content, "the message is handed on or used as a whole")

    def _value(self, node: Node, key: str | None, required: bool) -> None:
        new = {
            (RECEIVE, "text"): "text_data",
            (RECEIVE, "bytes"): "bytes_data",
            (DISCONNECT, "code"): "(None if code == 1005 else code)",
            (CONNECT, "headers"): 'self.scope["headers"]',
            (CONNECT, "client"): 'self.scope["client"]',
        }.get((self.role, key or ""))
        if key == "path":
            new = 'self.scope["path"]'
        elif key == "reply_channel":
            self.needs.handler = True
            new = "self.channel_name"
        elif key == "query_string" and self.role == CONNECT:
            new = 'self.scope["query_string"].decode()'
            parser = self.source.parents[self.source.parents[node]]
            function = parser.func if isinstance(parser, cst.Call) else None
            name = function.attr if isinstance(function, cst.Attribute) else function
            if not isinstance(name, cst.Name) or name.value not in _QUERY_PARSERS:
                why = "0.17 gave the query string decoded, channels >= 2 gives bytes; only parse_qs reads both alike"
                raise self.refused(node, why)
        if new is None or self._is_target(node):
            raise self.refused(node, f"message[{key!r}] has no counterpart here" if key else "a key that is computed")
        made = expression(new)
        self.edits[node] = lambda updated: made

    def key_read(self, content: Node, parent: Node) -> str | None:
        """The key that is read, or asked for, of a message that is a dict; None for any other use of it."""
        if isinstance(parent, cst.Subscript) and parent.value is content and not self._is_target(parent):
            index = parent.slice[0].slice
            return literal_key(index.value) if isinstance(index, cst.Index) else None
        if isinstance(parent, cst.Attribute) and parent.attr.value == "get":
            whole = self.source.parents[parent]
            if isinstance(whole, cst.Call) and whole.func is parent and whole.args:
                return literal_key(whole.args[0].value)
        if isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn)):
            comparison = self.source.parents[parent]
            return literal_key(comparison.left) if isinstance(comparison, cst.Comparison) else None
        return None

    def _is_target(self, node: Node) -> bool:
        parent = self.source.parents[node]
        return isinstance(parent, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)) and (
            getattr(parent, "target", node) is node
        )

    def _user(self, node: Node) -> None:
        if self._is_target(node):
            raise self.refused(node, "message.user is assigned to", "rewriter.md#users")
        self.needs.user = True
        self.edits[node] = lambda updated: expression('self.scope["user"]')

    def _channel_session(self, node: Node) -> None:
        parent = self.source.parents[node]
        used_as_dict = (
            (isinstance(parent, cst.Subscript) and parent.value is node)
            or (isinstance(parent, cst.Attribute) and parent.attr.value in _DICT_METHODS)
            or (isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn)))
        )
        if not used_as_dict:
            raise self.refused(node, "message.channel_session is not used as a plain dict", "rewriter.md#sessions")
        self.needs.session = True
        self.edits[node] = lambda updated: expression("self.channel_session")

    # --- the reply channel ---

    def _reply_channel(self, node: Node) -> None:
        parent = self.source.parents[node]
        whole = self.source.parents[parent]
        if isinstance(parent, cst.Attribute) and parent.attr.value == "name":
            self.needs.handler = True
            self.edits[parent] = lambda updated: expression("self.channel_name")
        elif isinstance(parent, cst.Attribute) and isinstance(whole, cst.Call) and parent.attr.value == "send":
            self._reply(whole)
        elif isinstance(parent, cst.Arg) and isinstance(whole, cst.Call) and len(whole.args) == 1:
            function = whole.func
            if not isinstance(function, cst.Attribute) or function.attr.value not in ("add", "discard"):
                raise self.refused(node, "the reply channel is handed on; hand on its name")
            self.needs.handler = True
            if not self._is_any_group(function.value):
                raise self.refused(node, "it is not certain that this is a Group", "rewriter.md#groups")
            if not is_group(self.source, function.value):
                self.needs.kept.append((whole, "the Group that it gets from elsewhere goes on using the shim"))
            self.group(whole, lambda argument: expression("self.channel_name"))
        else:
            raise self.refused(node, "the reply channel is kept or compared; use its name")

    def _reply(self, whole: cst.Call) -> None:
        line = self._line(whole)
        content = only_argument(whole)
        if line is None or content is None:
            raise self.refused(whole, "the answer is not a statement of its own")
        keys = literal_keys(content)
        self._replies.append(whole)
        if keys is not None and "accept" in keys:
            return self._accept(whole, line, keys)
        if keys is not None and not keys.keys() <= _FRAME_KEYS:
            raise self.refused(whole, "0.17 sent text, bytes and close only")
        self.edits[line] = statements(lambda updated: self.frames(whole, _argument(updated)))
        return None

    def frames(self, whole: Node, content: cst.BaseExpression) -> list[cst.BaseSmallStatement]:
        """The statements that send one legacy message to the own client."""
        if self.follows_a_group(whole):
            # By the way that the group's message takes, so that it stays behind it.
            self.needs.async_to_sync = self.needs.handler = True
            way = "async_to_sync(self.channel_layer.send)"
            return [cst.Expr(call(way, expression("self.channel_name"), event_of(content)))]
        keys = literal_keys(content)
        plain = (
            keys is not None and keys.keys() <= {"text", "close"} and _is(keys.get("close", cst.Name("True")), "True")
        )
        if keys and plain and ("text" not in keys or never_empty(keys["text"])):
            made: list[cst.BaseSmallStatement] = []
            if "text" in keys:
                made.append(cst.Expr(_send("text_data", keys["text"])))
            if "close" in keys:
                made.append(cst.Expr(call("self.close")))
            return made
        self.needs.handler = True
        return [cst.Expr(call("self.websocket_send", content))]

    def _accept(self, whole: cst.Call, line: Node, keys: dict[str, cst.BaseExpression]) -> None:
        others = keys.keys() - {"accept"}
        if self.role != CONNECT or not _is(keys["accept"], "True") or others - {"text"}:
            raise self.refused(whole, "accept means something to a connect consumer only, and True")
        if "text" in others and not never_empty(keys["text"]):
            raise self.refused(whole, "whether this sends a frame depends on the text")
        self.accepts = True

        def make(updated: cst.Call) -> list[cst.BaseSmallStatement]:
            made: list[cst.BaseSmallStatement] = [cst.Expr(call("self.accept"))]
            text = (literal_keys(_argument(updated)) or {}).get("text")
            return [*made, cst.Expr(_send("text_data", text))] if text is not None else made

        self.edits[line] = statements(make)

    def check_accepts(self) -> None:
        """A connect consumer of channels 1.x: nothing may be sent before it accepts.

        Raises:
            Refused: something is.
        """
        if not self.accepts:
            return
        for whole in self._replies:
            assert isinstance(whole, cst.Call)
            keys = literal_keys(only_argument(whole) or cst.Name("x"))
            if keys is not None and "accept" in keys:
                return
            if keys is None or keys.keys() != {"close"}:
                raise self.refused(whole, "it sends something before it accepts")

    def _line(self, node: cst.Call) -> Node | None:
        """The line whose only statement the call is."""
        statement = self.source.parents[node]
        line = self.source.parents[statement]
        if not isinstance(statement, cst.Expr) or not isinstance(
            line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)
        ):
            return None
        return line if len(line.body) == 1 else None

    # --- groups ---

    def groups(self) -> None:
        """Convert what is sent to groups, and whom else the consumer adds to them."""
        for whole in self._statements:
            function = whole.func
            if whole in self.edits or not isinstance(function, cst.Attribute):
                continue
            if channel_name(self.source, whole) is not None:
                self.needs.async_to_sync = True
                self.edits[whole] = channel_edit("self.channel_layer")
                continue
            if not is_group(self.source, function.value) and not self._is_variable_group(function.value):
                continue
            if only_argument(whole) is None or function.attr.value not in ("send", "add", "discard"):
                continue
            if function.attr.value == "send":
                self.group(whole, event_of)
            elif isinstance(whole.args[0].value, cst.Attribute) and whole.args[0].value.attr.value == "name":
                self.group(whole, lambda argument: argument)

    def _is_any_group(self, node: Node) -> bool:
        """Whether ``node`` is a Group: made here, kept in a variable, or made by a function of the module."""
        if is_group(self.source, node) or self._is_variable_group(node):
            return True
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name):
            return False
        name = node.func.value
        for statement in self.source.module.body:
            if isinstance(statement, cst.FunctionDef) and statement.name.value == name:
                returned = [each.value for each in inside(statement.body) if isinstance(each, cst.Return)]
                return bool(returned) and all(value and is_group(self.source, value) for value in returned)
        return False

    def _is_variable_group(self, node: Node) -> bool:
        """Whether ``node`` is a variable of the function that one Group is assigned to."""
        if not isinstance(node, cst.Name):
            return False
        assignments = [found for found in self.scope[node.value] if found.scope is self.scope]
        if len(assignments) != 1 or not isinstance(assignments[0], Assignment):
            return False
        target = self.source.parents.get(assignments[0].node)
        assign = self.source.parents.get(target) if isinstance(target, cst.AssignTarget) else None
        return isinstance(assign, cst.Assign) and is_group(self.source, assign.value)

    def group(self, whole: cst.Call, convert: Callable[[cst.BaseExpression], cst.BaseExpression]) -> None:
        self.needs.async_to_sync = True
        assert isinstance(whole.func, cst.Attribute)
        self.edits[whole] = group_edit("self.channel_layer", convert, has_name(self.source, whole.func.value))

    def follows_a_group(self, reply: Node) -> bool:
        """Whether something may have been sent to a group before ``reply`` in the same run: 0.17 kept that order."""
        for sent in self._statements:
            function = sent.func
            if not isinstance(function, cst.Attribute) or function.attr.value not in ("send", "group_send"):
                continue
            is_own = _is(function.value, "self") and function.attr.value == "send"
            if sent is reply or sent in self._replies or is_own:
                continue
            if isinstance(function.value, cst.Call) and canonical(self.source, function.value.func).endswith("Channel"):
                continue
            if self._may_precede(sent, reply):
                return True
        return False

    def _may_precede(self, first: Node, second: Node) -> bool:
        above_first = [first, *self.source.ancestors(first)]
        above_second = set(self.source.ancestors(second))
        common = next(node for node in above_first if node in above_second)
        for node in (common, *self.source.ancestors(common)):
            if node is self.function:
                break
            if isinstance(node, (cst.For, cst.While)):
                return True
        if self.source.place(first) > self.source.place(second):
            return False
        for outer in above_first[1:]:
            if outer is common:
                # Of two branches of one `if` only one is run.
                return not isinstance(common, cst.If)
            if isinstance(outer, cst.IndentedBlock) and _leaves(outer.body[-1]):
                return False
        return True


def _is_plain(keys: dict[str, cst.BaseExpression]) -> bool:
    """Whether what a dict sends can be said by ``send`` and ``close``: it is text that is never empty, or closes."""
    if not keys.keys() <= {"text", "close"} or not _is(keys.get("close", cst.Name("True")), "True"):
        return False
    return "text" not in keys or never_empty(keys["text"])


def _leaves(statement: Node) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[-1], (cst.Return, cst.Raise, cst.Continue, cst.Break)
    )


def _argument(updated: cst.Call) -> cst.BaseExpression:
    argument = only_argument(updated)
    assert argument is not None
    return argument


def _send(name: str, value: cst.BaseExpression) -> cst.Call:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return call("self.send").with_changes(args=[cst.Arg(value, keyword=cst.Name(name), equal=equal)])


def _group_name(node: Node) -> cst.BaseExpression | None:
    """The name in ``Group(name)``."""
    assert isinstance(node, cst.Call)
    if len(node.args) != 1 or node.args[0].star:
        return None
    keyword = node.args[0].keyword
    return node.args[0].value if keyword is None or keyword.value == "name" else None


def has_name(source: Source, group: Node) -> bool:
    """Whether ``group`` is written as ``Group(name)``."""
    return is_group(source, group) and _group_name(group) is not None


def group_edit(
    layer: str,
    convert: Callable[[cst.BaseExpression], cst.BaseExpression],
    named: bool = True,
    awaited: bool = False,
) -> Edit:
    """The edit for ``group.method(argument)``.

    Args:
        layer: the expression for the channel layer.
        convert: makes the new argument of the old one.
        named: whether the group is written as ``Group(name)``; else it is asked for its name.
        awaited: whether it stands in a coroutine.
    """

    def edit(updated: Any) -> Any:
        group = updated.func.value
        name = _group_name(group) if named else cst.Attribute(group, cst.Name("name"))
        assert name is not None
        method, argument = updated.func.attr.value, convert(_argument(updated))
        if awaited:
            return cst.Await(call(f"{layer}.group_{method}", name, argument))
        return group_call(method, name, argument, layer)

    return edit


def is_group_send(source: Source, node: Node) -> bool:
    """Whether ``node`` is ``Group(name).send(content)``."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "send"
        and has_name(source, node.func.value)
        and only_argument(node) is not None
    )


def channel_name(source: Source, node: Node) -> str | None:
    """The name in ``Channel("name").send({…})``; None for anything else, and for a dict with a ``type`` of its own."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.func.attr.value != "send":
        return None
    channel, content = node.func.value, only_argument(node)
    keys = literal_keys(content) if content is not None else None
    if keys is None or "type" in keys or not isinstance(channel, cst.Call):
        return None
    name = _group_name(channel) if canonical(source, channel.func) in ("Channel", "channel.Channel") else None
    return literal_key(name) if name is not None else None


def channel_edit(layer: str, awaited: bool = False) -> Edit:
    """The edit for ``Channel(name).send(content)``. Arguments as for :func:`group_edit`."""

    def edit(updated: Any) -> Any:
        name = _group_name(updated.func.value)
        assert name is not None
        event = event_of(_argument(updated))
        if awaited:
            return cst.Await(call(f"{layer}.send", name, event))
        return call(f"async_to_sync({layer}.send)", name, event)

    return edit


def _is_variable(node: Node, parent: Node) -> bool:
    is_attribute = isinstance(parent, cst.Attribute) and parent.attr is node
    return not is_attribute and not (isinstance(parent, cst.Arg) and parent.keyword is node)


def inside(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))
