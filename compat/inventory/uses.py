"""Finds what a file uses of the old API, of the shim and of today's channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.helpers import get_full_name_for_node

from compat import catalogue
from compat.rewriter.engine import is_relevant
from compat.rewriter.model import Node
from compat.rewriter.rules import deployment, requirements
from compat.rewriter.source import NotParsed, Source

OLD, SHIM, NATIVE = "old", "shim", "native"

# Consumers need not name channels: what the rewriter looks for is not all that an old file may have.
_HINT = re.compile(
    rb"CHANNEL_|CHANNELS_WS|INSTALLED_APPS|DJANGO_SETTINGS_MODULE|reply_channel|channel_session|http_session|message\.content|message\[|compat\.v0"
)
_SHIM = "compat.v0"
_ROWS = {(row.kind, row.old): row for row in catalogue.ROWS}
_MESSAGE = {row.old for row in catalogue.ROWS if row.kind == catalogue.MESSAGE}
_CHANNELS = {old for old in _MESSAGE if old.startswith(("websocket.", "http."))}
# What tells that a parameter called message is one of channels, and no other message.
_EVIDENCE = {"message.reply_channel", "message.content", "message.channel_session", "message.http_session"}
_SENT = {old.partition("'")[2].partition("'")[0]: old for old in _MESSAGE if old.startswith("{")}
_SETTINGS = ("CHANNEL_ROUTING", "CHANNEL_SESSION_ENGINE", "CHANNELS_WS_PROTOCOLS")


@dataclass(frozen=True)
class Use:
    """One place where something is used.

    Attributes:
        path, line, column: where; counted from 1.
        old: the ``old`` of its row in the catalogue; a dotted name of today's channels if ``way`` is NATIVE.
        kind: the ``kind`` of its row; "" if ``way`` is NATIVE.
        way: OLD, SHIM (by the name ``compat.v0``) or NATIVE.
        text: the line, without the white space around it.
        code: the expression itself, with its arguments; "" for an import.
        scope: name of the function or class at the top level that it is in, or "".
    """

    path: str
    line: int
    column: int
    old: str
    kind: str
    way: str
    text: str
    code: str = ""
    scope: str = ""

    @property
    def imports(self) -> bool:
        """Whether it is an import statement."""
        return not self.code


@dataclass(frozen=True)
class Found:
    """What is in one file. It can be pickled.

    Attributes:
        uses: in the order of the text.
        facts: what else it tells, see :mod:`compat.inventory.survey`.
    """

    uses: tuple[Use, ...] = ()
    facts: frozenset[str] = frozenset()


def may_have_uses(path: str, data: bytes) -> bool:
    """Whether it is worth looking at the file."""
    if path.endswith((".py", ".pyw")):
        return is_relevant(data) or bool(_HINT.search(data))
    return requirements.files(path) or deployment.files(path)


def find(path: str, data: bytes) -> Found:
    """What the file with this path uses; nothing if it does not parse."""
    if path.endswith((".py", ".pyw")):
        try:
            return _Finder(Source(path, data)).found()
        except NotParsed:
            return Found()
    return _in_lines(path, data.decode("utf-8", "replace"))


def _canonical(dotted: str) -> tuple[str, str]:
    """The name in the old package, and the way by which it is reached."""
    if dotted == _SHIM or dotted.startswith(_SHIM + "."):
        return "channels" + dotted[len(_SHIM) :], SHIM
    return dotted, OLD


def _row(dotted: str) -> catalogue.Row | None:
    try:
        return catalogue.find(dotted) if dotted not in catalogue.UNCHANGED else None
    except KeyError:
        return None


def _is_native(dotted: str) -> bool:
    """Whether a name in the package channels that is not of 0.17 is one of channels >= 2, and not of 1.x."""
    if "." not in dotted or dotted in catalogue.SHARED_MODULES | catalogue.UNCHANGED:
        return False
    return not any(dotted == later or dotted.startswith(later + ".") for later in catalogue.OF_1X)


class _Finder:
    """Collects the uses of one Python file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text.splitlines()
        self.uses: list[Use] = []
        self.facts: set[str] = set()

    def found(self) -> Found:
        self._imports()
        self._functions()
        self._strings()
        self._assignments()
        unique = {(use.line, use.column, use.kind, use.old): use for use in self.uses}
        # Ways that only mean something beside others: a dict that is sent, the name of a channel.
        if not any(use.way != NATIVE for use in unique.values()):
            self.uses = []
        self._beside()
        unique.update({(use.line, use.column, use.kind, use.old): use for use in self.uses})
        return Found(tuple(unique[key] for key in sorted(unique)), frozenset(self.facts))

    def _add(self, node: Node, old: str, kind: str, way: str, imports: bool = False) -> None:
        line, column = self.source.place(node)
        text = self.lines[line - 1].strip() if line <= len(self.lines) else ""
        code = "" if imports else self._code(node)
        self.uses.append(Use(self.source.path, line, column, old, kind, way, text, code, self._scope(node)))

    def _code(self, node: Node) -> str:
        parent = self.source.parents[node]
        whole = parent if isinstance(parent, cst.Call) and parent.func is node else node
        return " ".join(self.source.module.code_for_node(whole).replace(_SHIM, "channels").split())

    def _scope(self, node: Node) -> str:
        top: Node = node
        for ancestor in self.source.ancestors(node):
            if isinstance(ancestor, cst.Module):
                break
            top = ancestor
        return top.name.value if isinstance(top, (cst.FunctionDef, cst.ClassDef)) else ""

    # --- names that are imported ---

    def _imports(self) -> None:
        for node in self.source.nodes.get(cst.ImportFrom, []):
            assert isinstance(node, cst.ImportFrom)
            if not node.relative and node.module is not None:
                self._import_from(node, get_full_name_for_node(node.module) or "")
        for node in self.source.nodes.get(cst.Import, []):
            assert isinstance(node, cst.Import)
            for alias in node.names:
                bound = alias.evaluated_alias or alias.evaluated_name.split(".")[0]
                prefix = alias.evaluated_name if alias.asname else bound
                if alias.evaluated_name.split(".")[0] in ("channels", "compat", "asgi_redis", "asgi_ipc", "asgiref"):
                    self._named(node, node, alias.evaluated_name)
                    for use in self.source.uses(node, bound) or ():
                        whole, dotted = self.source.chain(use)
                        self._named(node, whole, prefix + dotted[len(bound) :], imports=False)

    def _import_from(self, node: cst.ImportFrom, module: str) -> None:
        if module.split(".")[0] not in ("channels", "compat", "asgi_redis", "asgi_ipc", "asgiref"):
            return
        if isinstance(node.names, cst.ImportStar):
            old, way = _canonical(module)
            if old in catalogue.NAMES:
                self._add(node, f"{old}.{min(catalogue.NAMES[old])}", catalogue.NAME, way, imports=True)
            return
        for alias in node.names:
            dotted = f"{module}.{alias.evaluated_name}"
            self._named(node, node, dotted)
            bound = alias.evaluated_alias or alias.evaluated_name
            for use in self.source.uses(node, bound) or ():
                whole, chain = self.source.chain(use)
                self._named(node, whole, dotted + chain[len(bound) :], imports=False)

    def _named(self, statement: Node, node: Node, dotted: str, imports: bool = True) -> None:
        """Something of one of the packages is named at ``node``."""
        old, way = _canonical(dotted)
        if old.split(".")[0] != "channels":
            module = next((m for m in (old, old.rpartition(".")[0]) if m in catalogue.LAYER_MODULES), "")
            if module:
                self._add(node, module, catalogue.MODULE, way, imports)
            return
        row = _row(old)
        if old in catalogue.MODULES:
            return  # it counts where something of it is used
        if row is not None:
            self._add(node, row.old, catalogue.NAME, way, imports)
        elif way == OLD and _is_native(old):
            self._add(node, old, "", NATIVE, imports)

    # --- messages ---

    def _functions(self) -> None:
        for node in self.source.nodes.get(cst.FunctionDef, []):
            assert isinstance(node, cst.FunctionDef)
            names = [parameter.name.value for parameter in node.params.params[:2]]
            is_method = names[:1] == ["self"]
            found = list(_message_uses(self.source, node.body, is_method))
            by_self = any(of_self for _, _, of_self in found)
            if "message" not in names and not by_self:
                continue
            old = {text for _, text, _ in found}
            decorated = any(use.line == self.source.place(each.decorator)[0] for each in node.decorators
                            for use in self.uses if use.way != NATIVE)  # fmt: skip
            if by_self or old & _EVIDENCE or decorated or any("[" in text for text in old):
                for whole, text, _ in found:
                    self._add(whole, text, catalogue.MESSAGE, self._way)

    @property
    def _way(self) -> str:
        """How this file reaches the old API."""
        return SHIM if any(use.way == SHIM for use in self.uses) else OLD

    def _beside(self) -> None:
        if not any(use.way != NATIVE for use in self.uses):
            return
        for string in self.source.nodes.get(cst.SimpleString, []):
            assert isinstance(string, cst.SimpleString)
            if string.evaluated_value in _CHANNELS:
                self._add(string, str(string.evaluated_value), catalogue.MESSAGE, self._way)
        for node in self.source.nodes.get(cst.Call, []):
            assert isinstance(node, cst.Call)
            if isinstance(node.func, cst.Attribute) and node.func.attr.value == "send" and len(node.args) == 1:
                for key in _keys(node.args[0].value):
                    if key in _SENT:
                        self._add(node.args[0].value, _SENT[key], catalogue.MESSAGE, self._way)

    # --- strings and settings ---

    def _strings(self) -> None:
        for node in self.source.nodes.get(cst.SimpleString, []):
            assert isinstance(node, cst.SimpleString)
            if "." not in node.value or node.prefix not in ("", "u", "r"):
                continue
            text = str(node.evaluated_value)
            if (catalogue.SETTING, text) in _ROWS:
                self._add(node, text, catalogue.SETTING, OLD)
            elif text.startswith(("channels.", _SHIM + ".")) and not isinstance(self.source.parents[node], cst.Expr):
                old, way = _canonical(text)
                row = _row(old)
                if row is not None and old not in catalogue.MODULES:
                    self._add(node, row.old, catalogue.NAME, way)

    def _assignments(self) -> None:
        for node in self.source.nodes.get(cst.Assign, []) + self.source.nodes.get(cst.AugAssign, []):
            assert isinstance(node, (cst.Assign, cst.AugAssign))
            targets = [each.target for each in node.targets] if isinstance(node, cst.Assign) else [node.target]
            names = {target.value for target in targets if isinstance(target, cst.Name)}
            if "ASGI_APPLICATION" in names:
                self.facts.add("ASGI_APPLICATION")
            for name in names.intersection(_SETTINGS):
                self._add(node, name, catalogue.SETTING, OLD)
            if "CHANNEL_LAYERS" in names:
                self._layers(node.value)
            elif "INSTALLED_APPS" in names:
                self._apps(node.value)
        for node in self.source.nodes.get(cst.SimpleString, []):
            if isinstance(node, cst.SimpleString) and node.evaluated_value == "DJANGO_SETTINGS_MODULE":
                self._settings_module(node)

    def _layers(self, value: cst.BaseExpression) -> None:
        for node in _below(value):
            if isinstance(node, cst.DictElement) and isinstance(node.key, cst.SimpleString):
                key = str(node.key.evaluated_value)
                for old in (f"CHANNEL_LAYERS {key}", f"CHANNEL_LAYERS CONFIG {key}"):
                    row = _ROWS.get((catalogue.SETTING, old))
                    # What needs no change on the whole way is not worth a word.
                    if row is not None and row.how != catalogue.AUTOMATIC:
                        self._add(node.key, old, catalogue.SETTING, OLD)

    def _apps(self, value: cst.BaseExpression) -> None:
        for node in _below(value):
            if isinstance(node, cst.SimpleString):
                name = str(node.evaluated_value).split(".")[0]
                if name == "channels":
                    self._add(node, "INSTALLED_APPS", catalogue.SETTING, OLD)
                elif name in ("compat", "otree"):
                    self.facts.add(f"app {name}")

    def _settings_module(self, node: cst.SimpleString) -> None:
        call = self.source.parents.get(self.source.parents[node])
        if isinstance(call, cst.Call) and len(call.args) == 2 and isinstance(call.args[1].value, cst.SimpleString):
            self.facts.add("settings " + str(call.args[1].value.evaluated_value))


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)


def _keys(node: cst.BaseExpression) -> list[str]:
    if not isinstance(node, cst.Dict):
        return []
    keys = [each.key for each in node.elements if isinstance(each, cst.DictElement)]
    return [str(key.evaluated_value) for key in keys if isinstance(key, cst.SimpleString)]


def _message_uses(source: Source, body: Node, in_class: bool) -> Iterator[tuple[Node, str, bool]]:
    """The uses of ``message`` or ``self.message`` in a function: node, ``old`` of the row, whether by ``self``."""
    counted: set[Node] = set()
    for node in _below(body):
        if isinstance(node, cst.Attribute) and node not in counted:
            base, name = node.value, f"message.{node.attr.value}"
            of_self = in_class and get_full_name_for_node(base) == "self.message"
            if name in _MESSAGE and (of_self or get_full_name_for_node(base) == "message"):
                yield node, name, of_self
        elif isinstance(node, cst.Subscript) and len(node.slice) == 1:
            base_name = get_full_name_for_node(node.value) if isinstance(node.value, (cst.Name, cst.Attribute)) else ""
            index = node.slice[0].slice
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                name = "message['" + str(index.value.evaluated_value) + "']"
                of_self = in_class and base_name in ("self.message", "self.message.content")
                if name in _MESSAGE and (of_self or base_name in ("message", "message.content")):
                    counted.add(node.value)
                    yield node, name, of_self


# --- files that are not Python ---------------------------------------------------------------------

_COMMANDS = (
    (re.compile(r"\bdaphne\b.*:channel_layer\b"), "daphne project.asgi:channel_layer"),
    (re.compile(r"\bdaphne\b.*--ws-protocol\b"), "daphne --ws-protocol"),
    (re.compile(r"\brunworker\b(?!.*--(only|exclude)-channels|.*--threads)"), "manage.py runworker"),
    *(
        (re.compile(rf"\brunworker\b.*{flag}\b"), f"manage.py runworker {flag}")
        for flag in ("--only-channels", "--exclude-channels", "--threads", "--layer")
    ),
    (re.compile(r"\brunserver\b.*--noworker\b"), "manage.py runserver --noworker"),
)


def _in_lines(path: str, text: str) -> Found:
    uses, facts = [], set()
    for number, line in enumerate(text.splitlines(), 1):
        if "COMPAT_WARN" in line:
            facts.add("COMPAT_WARN")
        if line.lstrip().startswith("#"):
            continue
        if requirements.files(path):
            package = requirements._package(line)
            name = re.split(r"[^\w.-]", line.strip().strip("\"'"), maxsplit=1)[0].lower().replace("_", "-")
            if package:
                old = package.replace("-", "_")
                uses.append(Use(path, number, 1, old, catalogue.PACKAGE, OLD, line.strip(), line.strip()))
                facts.add("old pin")
            elif name in ("channels", "channels-compat", "otree", "otree-core"):
                facts.add(f"requires {name}")
        else:
            for pattern, old in _COMMANDS:
                if pattern.search(line):
                    uses.append(Use(path, number, 1, old, catalogue.COMMAND, OLD, line.strip(), line.strip()))
    return Found(tuple(uses), frozenset(facts))
