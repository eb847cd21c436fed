"""What a generic consumer keeps on ``self``. 0.17 made a new instance for every message, channels >= 2 makes one for a
socket: that is the same only where nothing is read that an earlier message has set."""

from __future__ import annotations

import libcst as cst

from ..model import Node
from ..source import Source
from .body import Refused, inside

_ANCHOR = "rewriter.md#generic-consumers"
_LIFE = frozenset(("connect", "receive", "disconnect", "raw_connect", "raw_receive", "raw_disconnect"))
# What the native consumer, or the conversion, keeps there itself.
_TAKEN = frozenset(
    ("base_send", "channel_layer", "channel_name", "channel_receive", "channel_session", "groups", "kwargs", "message")
    + ("path", "scope", "send", "close", "accept")
)


class InstanceState:
    """The attributes that the methods of a class set on ``self``.

    Args:
        node: the legacy class.
    """

    def __init__(self, node: cst.ClassDef) -> None:
        self._node = node
        self._methods = {each.name.value: each for each in node.body.body if isinstance(each, cst.FunctionDef)}

    def kept(self, source: Source) -> frozenset[str]:
        """Their names.

        Raises:
            Refused: one of them may be read before it is set anew.
        """
        found: set[str] = set()
        for node in inside(self._node):
            if not _is_own(node) or not _is_set(source, node):
                continue
            name = node.attr.value  # type: ignore[attr-defined]
            if name in _TAKEN or name in self._methods or not self._is_set_first(name):
                why = f"self.{name} is set: 0.17 made a new instance for every message, channels >= 2 one per socket"
                raise Refused(source, node, why, _ANCHOR)
            found.add(name)
        return frozenset(found)

    def _is_set_first(self, name: str) -> bool:
        return all(
            self._sets_first(method, name, ()) for role, method in self._methods.items() if role in _LIFE
        ) and not self._is_class_attribute(name)

    def _is_class_attribute(self, name: str) -> bool:
        return any(
            isinstance(target.target, cst.Name) and target.target.value == name
            for line in self._node.body.body
            if isinstance(line, cst.SimpleStatementLine)
            for small in line.body
            if isinstance(small, cst.Assign)
            for target in small.targets
        )

    def _sets_first(self, method: cst.FunctionDef, name: str, above: tuple[str, ...]) -> bool:
        """Whether a method does nothing with an attribute before it has set it, whatever happens."""
        for statement in method.body.body:
            if not self._concerns(statement, name, above):
                continue
            small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
            if isinstance(small, cst.Assign):
                plain = len(small.targets) == 1 and _names(small.targets[0].target) == name
                return plain and not self._concerns(small.value, name, above)
            if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                helper = self._methods.get(_names(small.value.func))
                if helper is not None and not any(self._concerns(arg, name, above) for arg in small.value.args):
                    called = helper.name.value
                    return called not in above and self._sets_first(helper, name, (*above, called))
            return False
        return True

    def _concerns(self, node: Node, name: str, above: tuple[str, ...]) -> bool:
        """Whether an attribute is used in a node, or in a method that it calls."""
        for own in map(_names, inside(node)):
            if own == name:
                return True
            called = self._methods.get(own) if own not in above else None
            if called is not None and self._concerns(called.body, name, (*above, own)):
                return True
        return False


def _is_own(node: Node) -> bool:
    return isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"


def _names(node: Node) -> str:
    """``x`` of ``self.x``; "" for anything else."""
    return node.attr.value if isinstance(node, cst.Attribute) and _is_own(node) else ""


def _is_set(source: Source, node: Node) -> bool:
    """Whether a node is assigned to, deleted, or bound in another way."""
    child: Node = node
    for above in source.ancestors(node):
        if isinstance(above, (cst.AssignTarget, cst.Del, cst.AsName, cst.NamedExpr)):
            return True
        if isinstance(above, (cst.AugAssign, cst.AnnAssign, cst.For, cst.CompFor)):
            return above.target is child
        if not isinstance(above, (cst.Tuple, cst.List, cst.Element, cst.StarredElement)):
            return False
        child = above
    return False
