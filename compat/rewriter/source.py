"""A Python file: its tree, what its names mean, and where things are. All of it is computed once, when asked for."""

from __future__ import annotations

import codecs
import dataclasses
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cached_property

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import (
    Assignment,
    CodeRange,
    ImportAssignment,
    MetadataWrapper,
    PositionProvider,
    Scope,
    ScopeProvider,
)

_IGNORE = re.compile(r"#\s*compat:\s*ignore(?:\[([\w\s,-]*)\])?")
_IGNORE_FILE = re.compile(rb"#\s*compat:\s*ignore-file")


class NotParsed(Exception):
    """The file is no Python 3; says where."""

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(text)
        self.line, self.column = line, column


def decode(data: bytes) -> tuple[str, str, bytes]:
    """The text of a Python file, its encoding, and its byte order mark.

    Raises:
        NotParsed: it is not in the encoding that it declares.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        return data[len(mark) :].decode(encoding), encoding, mark
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise NotParsed(str(error), 1, 1) from None


# Written before the rest of them, wherever their classes declare them.
_EARLY = ("leading_lines", "decorators", "asynchronous", "keyword")


@functools.lru_cache(maxsize=None)
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = [field.name for field in dataclasses.fields(kind)]
    return tuple(sorted(names, key=lambda name: (name not in _EARLY, name in ("body", "orelse", "finalbody"))))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes right below one."""
    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(item for item in value if isinstance(item, cst.CSTNode))
    return found


def _aliases(statement: cst.Import | cst.ImportFrom) -> list[cst.ImportAlias]:
    return [] if isinstance(statement.names, cst.ImportStar) else list(statement.names)


class Source:
    """One Python file.

    Args:
        path: for the report, and for rules that look at a file's name.
        data: its bytes.

    Raises:
        NotParsed: it is no Python 3.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.text, self.encoding, self._mark = decode(data)
        try:
            module = cst.parse_module(self.text)
        except cst.ParserSyntaxError as error:
            raise NotParsed(error.message, error.editor_line, error.editor_column) from None
        self._metadata = MetadataWrapper(module, unsafe_skip_copy=True)
        self.module = self._metadata.module

    def encode(self, module: cst.Module) -> bytes:
        """The bytes of a changed tree."""
        return self._mark + module.code.encode(self.encoding)

    # --- what names mean ---

    @cached_property
    def _scopes(self) -> dict[cst.CSTNode, Scope | None]:
        return dict(self._metadata.resolve(ScopeProvider))

    def scope(self, node: cst.CSTNode) -> Scope | None:
        return self._scopes.get(node)

    @cached_property
    def _tree(self) -> tuple[dict[type[cst.CSTNode], list[cst.CSTNode]], dict[cst.CSTNode, cst.CSTNode]]:
        """All nodes by their type, and their parents. LibCST's own ``children`` and ParentNodeProvider copy the tree
        for that."""
        found: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        parents: dict[cst.CSTNode, cst.CSTNode] = {}
        stack: list[cst.CSTNode] = [self.module]
        while stack:
            node = stack.pop()
            found.setdefault(type(node), []).append(node)
            below = children(node)
            for child in below:
                parents[child] = node
            stack.extend(reversed(below))
        return found, parents

    @property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return self._tree[1]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement that ``node`` is in, or is."""
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            return node
        statements = (cst.SimpleStatementLine, cst.BaseCompoundStatement, cst.Module)
        return next(parent for parent in self.ancestors(node) if isinstance(parent, statements))

    @property
    def nodes(self) -> dict[type[cst.CSTNode], list[cst.CSTNode]]:
        """All nodes by their type, statements in the order of the text."""
        return self._tree[0]

    def chain(self, name: cst.CSTNode) -> tuple[cst.CSTNode, str]:
        """The attribute access that begins with ``name`` as a whole, and its text (``channels.asgi.x``)."""
        whole = name
        while True:
            parent = self.parents.get(whole)
            if not isinstance(parent, cst.Attribute) or parent.value is not whole:
                return whole, get_full_name_for_node(whole) or ""
            whole = parent

    def uses(self, statement: cst.Import | cst.ImportFrom, bound: str) -> list[cst.Name] | None:
        """The names in the file that mean what ``statement`` binds to ``bound``; None where that is not certain,
        because something else is bound to the name in the same scope."""
        scope = self.scope(statement)
        if scope is None:
            return None
        found: dict[cst.Name, None] = {}
        # A use of `import a.b` counts for "a.b", or for "a" where it is of something else in there.
        names = [alias.evaluated_name for alias in _aliases(statement)]
        dotted = [name for name in names if name.startswith(f"{bound}.")]
        for assignment in (assignment for name in (bound, *dotted) for assignment in scope[name]):
            if not isinstance(assignment, ImportAssignment):
                if isinstance(assignment, Assignment) and assignment.scope is scope:
                    return None
                continue
            if assignment.node is not statement:
                continue
            for access in assignment.references:
                node: cst.CSTNode = access.node
                while isinstance(node, cst.Attribute):
                    node = node.value
                if isinstance(node, cst.Name):
                    found[node] = None
        return list(found)

    def meaning(self, node: cst.CSTNode) -> str:
        """The dotted name that ``node`` (a name or an attribute access) was imported as; "" if that is not certain."""
        if not isinstance(node, (cst.Name, cst.Attribute)):
            return ""
        scope = self.scope(node)
        if scope is None:
            return ""
        names = list(scope.get_qualified_names_for(node))
        if len(names) == 1 and names[0].source.name == "IMPORT":
            return names[0].name
        return ""

    def binds(self, name: str) -> bool:
        """Whether the word ``name`` is a name of its own (not an attribute) anywhere in the file."""
        for node in self.nodes.get(cst.Name, []):
            assert isinstance(node, cst.Name)
            if node.value == name:
                parent = self.parents[node]
                if not (isinstance(parent, cst.Attribute) and parent.attr is node):
                    return True
        return False

    # --- where things are ---

    @cached_property
    def _positions(self) -> dict[cst.CSTNode, CodeRange]:
        return dict(self._metadata.resolve(PositionProvider))

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """First and last line of a node, counted from 1."""
        where = self._positions[node]
        return where.start.line, where.end.line

    def place(self, node: cst.CSTNode) -> tuple[int, int]:
        """Line and column of a node, counted from 1."""
        start = self._positions[node].start
        return start.line, start.column + 1

    # --- what the user keeps us from ---

    @cached_property
    def ignored_whole(self) -> bool:
        return bool(_IGNORE_FILE.search(self.data))

    @cached_property
    def _ignored_lines(self) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        if "compat:" not in self.text:
            return found
        for number, line in enumerate(self.text.splitlines(), 1):
            match = _IGNORE.search(line)
            if match:
                found[number] = frozenset((match[1] or "").replace(",", " ").split())
        return found

    def ignores(self, node: cst.CSTNode, *names: str) -> bool:
        """Whether a comment ``# compat: ignore`` or ``# compat: ignore[rule]`` stands in the lines of ``node``, or one
        keeps the whole file."""
        if self.ignored_whole:
            return True
        if not self._ignored_lines:
            return False
        first, last = self.lines(node)
        for number, rules in self._ignored_lines.items():
            if first <= number <= last and (not rules or rules.intersection(names)):
                return True
        return False
