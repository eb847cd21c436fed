"""``message.http_session`` as ``scope["session"]``: the session of the browser, which is None in 0.17 where the browser
sent no cookie, and never None natively. So it is converted where the code asks for that before it reads."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..model import Edit, Node
from ..source import Source
from .body import CONNECT, Refused, inside

ANCHOR = "rewriter.md#sessions"
_READS = frozenset(("get", "items", "keys", "session_key", "values"))
_COOKIE = 'self.scope["cookies"].get(settings.SESSION_COOKIE_NAME)'
_SESSION = 'self.scope["session"]'
_IMPORT = "django.conf.settings"


class BrowserSession:
    """All uses of ``message.http_session`` in one consumer.

    Args:
        source, function: the legacy consumer.
        role: what it consumes.

    Attributes:
        edits: of its uses.

    Raises:
        Refused: one of them means something else, or may mean something else, natively.
    """

    def __init__(self, source: Source, function: cst.FunctionDef, role: str, uses: list[Node]) -> None:
        self._source, self._function, self._uses = source, function, uses
        self.edits: dict[Node, Edit] = {}
        if role != CONNECT:
            raise Refused(source, uses[0], "0.17 finds the browser's session when the socket opens only", ANCHOR)
        if source.binds("settings") and not any(
            source.meaning(node) == _IMPORT for node in source.nodes.get(cst.Name, [])
        ):
            raise Refused(source, uses[0], "the name settings means something else in this file", ANCHOR)
        for use in uses:
            self._convert(use, source.parents[use])

    def _convert(self, use: Node, parent: Node) -> None:
        if self._is_test(use, parent):
            comparison = self._source.parents[parent] if isinstance(parent, cst.ComparisonTarget) else parent
            if isinstance(comparison, cst.Comparison):
                is_none = isinstance(comparison.comparisons[0].operator, cst.Is)
                self._replace(comparison, f"not {_COOKIE}" if is_none else _COOKIE)
            else:
                self._replace(use, _COOKIE)
        elif not self._is_read(parent, use):
            raise Refused(self._source, use, "message.http_session is written to or handed on", ANCHOR)
        elif not self._is_guarded(use):
            why = "message.http_session may be None; ask for that first, with `if message.http_session:`"
            raise Refused(self._source, use, why, ANCHOR)
        else:
            self._replace(use, _SESSION)

    def _replace(self, node: Node, text: str) -> None:
        made = cst.parse_expression(text)
        self.edits[node] = lambda updated: made

    def _is_test(self, use: Node, parent: Node) -> bool:
        """Whether only its being None or not counts."""
        if isinstance(parent, cst.Comparison) and len(parent.comparisons) == 1:
            target = parent.comparisons[0]
            none = isinstance(target.comparator, cst.Name) and target.comparator.value == "None"
            plain = isinstance(self._source.parents[parent], (cst.If, cst.IfExp, cst.BooleanOperation, cst.Assign))
            return none and plain and isinstance(target.operator, (cst.Is, cst.IsNot)) and parent.left is use
        if isinstance(parent, (cst.If, cst.IfExp)):
            return parent.test is use
        if isinstance(parent, cst.BooleanOperation):
            return parent.left is use and isinstance(parent.operator, cst.And)
        return isinstance(parent, cst.UnaryOperation) and isinstance(parent.operator, cst.Not)

    def _is_read(self, parent: Node, use: Node) -> bool:
        if isinstance(parent, cst.Attribute):
            return parent.attr.value in _READS
        if isinstance(parent, cst.Subscript):
            return parent.value is use and not isinstance(
                self._source.parents[parent], (cst.AssignTarget, cst.AugAssign, cst.Del, cst.AnnAssign)
            )
        return isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn))

    def _is_guarded(self, use: Node) -> bool:
        """Whether the session was found not to be None on the way here."""
        child = use
        for above in self._source.ancestors(use):
            if isinstance(above, (cst.If, cst.IfExp)) and above.body is child and self._says(above.test, True):
                return True
            is_and = isinstance(above, cst.BooleanOperation) and isinstance(above.operator, cst.And)
            if is_and and above.right is child and self._says(above.left, True):  # type: ignore[attr-defined]
                return True
            if isinstance(above, cst.IndentedBlock) and any(self._leaves(line) for line in _before(above, child)):
                return True
            if above is self._function:
                return False
            child = above
        return False

    def _leaves(self, line: Node) -> bool:
        """``if not message.http_session: …; return``"""
        if not isinstance(line, cst.If) or line.orelse is not None or not self._says(line.test, False):
            return False
        last = line.body.body[-1]
        last = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
        return isinstance(last, (cst.Return, cst.Raise))

    def _says(self, test: cst.BaseExpression, there: bool) -> bool:
        """Whether a condition, if it holds, says that the session is there, or that it is not."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            return not there and test.expression in self._uses
        if isinstance(test, cst.Comparison):
            wanted = cst.IsNot if there else cst.Is
            return test.left in self._uses and isinstance(test.comparisons[0].operator, wanted)
        if there and isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
            return self._says(test.left, True) or self._says(test.right, True)
        return there and test in self._uses


def _before(block: cst.IndentedBlock, child: Node) -> Iterator[Node]:
    for line in block.body:
        if line is child:
            return
        yield line


def uses(function: cst.FunctionDef, message: str) -> list[Node]:
    """Where a consumer says ``message.http_session``."""
    return [
        node
        for node in inside(function.body)
        if isinstance(node, cst.Attribute)
        and node.attr.value == "http_session"
        and isinstance(node.value, cst.Name)
        and node.value.value == message
    ]
