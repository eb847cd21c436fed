"""What rules say, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Union

import libcst as cst

Node = cst.CSTNode
Replacement = Any  # a node, cst.FlattenSentinel or cst.RemovalSentinel
Edit = Callable[[Any], Replacement]  # is given the node with the edits inside of it made

SHIM, NATIVE = "shim", "native"


@dataclass(frozen=True)
class Options:
    """What is asked for.

    Attributes:
        to: SHIM or NATIVE.
        target: the major version of channels to write for; None keeps requirements as they are.
        asynchronous: whether native consumers are to be asynchronous where that is possible.
        only, skip: names or codes of rules.
    """

    to: str = SHIM
    target: int | None = None
    asynchronous: bool = False
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()


@dataclass
class Change:
    """Edits that belong together: all are made, or none.

    Attributes:
        node: where to point in the report.
        text: what is done, as a sentence without a full stop.
        edits: node of the unmodified tree -> what replaces it.
        imports: statements to add to the imports of the module, where it has not got them.
    """

    node: Node
    text: str
    edits: dict[Node, Edit] = field(default_factory=dict)
    imports: tuple[str, ...] = ()


@dataclass
class Left:
    """A place that is left for hands.

    Attributes:
        why: what to do and why it is not done, as a sentence without a full stop.
        anchor: page#heading of the guide.
    """

    node: Node
    why: str
    anchor: str


Verdict = Union[Change, Left]


@dataclass
class LineChange:
    """For files that are not Python: line (counted from 0) -> what stands in its place; none of it, if empty."""

    line: int
    text: str
    lines: dict[int, list[str]]


@dataclass
class LineLeft:
    line: int
    why: str
    anchor: str


@dataclass(frozen=True)
class Rule:
    """One rule, found in ``rules/`` by its file name.

    Attributes:
        name: the file's name.
        code: SHnnn or NAnnn, as in the catalogue.
        stage: SHIM or NATIVE.
        about: one sentence.
        python: judges a Python file, or None.
        lines: judges the lines of another file, or None.
        files: whether ``lines`` wants the file with this path.
    """

    name: str
    code: str
    stage: str
    about: str
    python: Callable[[Any, Options], Iterable[Verdict]] | None = None
    lines: Callable[[list[str], Options], Iterator[LineChange | LineLeft]] | None = None
    files: Callable[[str], bool] = lambda path: False

    def wanted(self, options: Options) -> bool:
        names = {self.name, self.code}
        return not (names & options.skip) and (not options.only or bool(names & options.only))


@dataclass(frozen=True)
class Note:
    """A line of the report; ``line`` and ``column`` count from 1."""

    path: str
    line: int
    column: int
    code: str
    rule: str
    text: str
    page: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}"
        return f"{where} {self.code} {self.text}" + (f" ({self.page})" if self.page else "")


@dataclass
class Result:
    """What became of one file. It can be pickled."""

    path: str
    before: bytes | None
    after: bytes | None
    made: list[Note] = field(default_factory=list)
    left: list[Note] = field(default_factory=list)
    error: Note | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after
