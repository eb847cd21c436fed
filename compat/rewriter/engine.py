"""Runs the rules over one file: each judges the unmodified tree, then all edits are made together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import libcst as cst

from .model import Change, Edit, LineChange, LineLeft, Node, Note, Options, Result, Rule, Verdict
from .registry import all_rules
from .source import NotParsed, Source

NOT_PARSED = "RW001"

# What a Python file must contain for us to parse it, and what any file must for us to look at it.
_WORDS = (b"channels", b"asgi_", b"runworker", b"channel_layer", b"CHANNEL_")


def is_relevant(data: bytes) -> bool:
    return any(word in data for word in _WORDS)


class _Editor(cst.CSTTransformer):
    def __init__(self, edits: dict[Node, Edit], above: set[Node] | None) -> None:
        super().__init__()
        self._edits, self._above = edits, above

    def on_visit(self, node: Any) -> bool:
        return self._above is None or node in self._above

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        edit = self._edits.get(original_node)
        return updated_node if edit is None else edit(updated_node)


def apply(module: cst.Module, edits: dict[Node, Edit], source: Source | None = None) -> cst.Module:
    """The module with all edits made.

    Args:
        module: the tree.
        edits: of nodes in it.
        source: whose tree it is, if it is one's: then what is not edited need not be copied.
    """
    if not edits:
        return module
    above = {node for edited in edits for node in source.ancestors(edited)} if source is not None else None
    changed = module.visit(_Editor(edits, above))
    assert isinstance(changed, cst.Module)
    return changed


def add_imports(module: cst.Module, statements: Iterable[str]) -> cst.Module:
    """The module with import statements after its last import at the top level, where it has not got them."""
    body = list(module.body)
    present = {module.code_for_node(line.with_changes(leading_lines=())).strip() for line in body if _is_import(line)}
    wanted = joined(text for text in dict.fromkeys(statements) if text not in present)
    if not wanted:
        return module
    at = 1 + max((index for index, line in enumerate(body) if _is_import(line)), default=_start(body) - 1)
    lines: list[Any] = [cst.parse_statement(text, module.config_for_parsing) for text in sorted(wanted, key=_module)]
    if at == _start(body):
        if at < len(body):
            body[at] = _with_blank_lines(body[at])
        return module.with_changes(body=[*body[:at], *lines, *body[at:]])
    standard = [line for line in lines if isinstance(line.body[0], cst.Import)]
    others = [line for line in lines if line not in standard]
    first = next(index for index, line in enumerate(body) if _is_import(line))
    if standard:
        standard[0] = standard[0].with_changes(leading_lines=body[first].leading_lines)
        body[first] = body[first].with_changes(leading_lines=[])
    return module.with_changes(body=[*body[:first], *standard, *body[first:at], *others, *body[at:]])


def joined(statements: Iterable[str]) -> list[str]:
    """One statement for all names of a module."""
    names: dict[str, list[str]] = {}
    for text in statements:
        start, _, name = text.partition(" import ")
        names.setdefault(start, []).append(name)
    return [f"{start} import {', '.join(sorted(found))}" if found != [""] else start for start, found in names.items()]


def _module(statement: str) -> str:
    return statement.split()[1]


def _is_import(line: Node) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], (cst.Import, cst.ImportFrom))


def _start(body: list[Any]) -> int:
    """The index after the docstring."""
    first = body[0] if body else None
    is_docstring = (
        isinstance(first, cst.SimpleStatementLine)
        and isinstance(first.body[0], cst.Expr)
        and isinstance(first.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )
    return 1 if is_docstring else 0


def _with_blank_lines(statement: Any) -> Any:
    lines = list(statement.leading_lines)
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * (2 if not lines else 0) + lines)


class Judged:
    """Collects verdicts on one source; ignores what comments ask to ignore, and refuses edits that collide."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.edits: dict[Node, Edit] = {}
        self.imports: list[str] = []
        self.made: list[Note] = []
        self.left: list[Note] = []

    def take(self, rule: Rule, verdict: Verdict) -> None:
        if self.source.ignores(verdict.node, rule.code, rule.name):
            return
        if not isinstance(verdict, Change):
            self.left.append(self._note(rule, verdict.node, verdict.why, verdict.anchor))
        elif verdict.edits.keys() & self.edits.keys():
            text = f"{verdict.text}: another rule changes the same place; run the command again"
            self.left.append(self._note(rule, verdict.node, text, "rewriter.md#report"))
        else:
            self.edits.update(verdict.edits)
            self.imports.extend(verdict.imports)
            self.made.append(self._note(rule, verdict.node, verdict.text))

    def _note(self, rule: Rule, node: Node, text: str, page: str = "") -> Note:
        line, column = self.source.place(node)
        return Note(self.source.path, line, column, rule.code, rule.name, text, page)

    def result(self) -> Result:
        source = self.source
        after = source.data
        if (self.edits or self.imports) and source.module.code != source.text:
            # LibCST drops a form feed at the beginning of a line, for one.
            raise NotParsed("LibCST cannot give its white space back as it is", 1, 1)
        if self.edits or self.imports:
            after = source.encode(add_imports(apply(source.module, self.edits, source), self.imports))
        by_place = lambda note: (note.line, note.column, note.code)  # noqa: E731
        made, left = sorted(self.made, key=by_place), sorted(self.left, key=by_place)
        return Result(source.path, source.data, after, made, left)


def judge_python(path: str, data: bytes, options: Options) -> Result:
    """Run the rules of the stage SHIM for Python over one file."""
    try:
        judged = Judged(Source(path, data))
        for rule in all_rules():
            if rule.python is not None and rule.wanted(options) and not judged.source.ignored_whole:
                for verdict in rule.python(judged.source, options):
                    judged.take(rule, verdict)
        return judged.result()
    except NotParsed as error:
        return unparsed(path, data, error)


def unparsed(path: str, data: bytes, error: NotParsed) -> Result:
    text = f"not parsed: {error}. Is it Python 2? Convert it first (2to3, futurize), or exclude it"
    note = Note(path, error.line, error.column, NOT_PARSED, "parse", text, "rewriter.md#report")
    return Result(path, data, data, error=note)


def judge_lines(path: str, data: bytes, options: Options) -> Result:
    """Run the rules for files that are not Python over one."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Result(path, data, data)
    lines = text.splitlines(keepends=True)
    result = Result(path, data, data)
    replaced: dict[int, list[str]] = {}
    for rule in all_rules():
        if rule.lines is None or not rule.files(path) or not rule.wanted(options):
            continue
        for verdict in rule.lines(lines, options):
            assert isinstance(verdict, (LineChange, LineLeft))
            if "compat: ignore" in lines[verdict.line]:
                continue
            if isinstance(verdict, LineChange):
                replaced.update(verdict.lines)
                result.made.append(Note(path, verdict.line + 1, 1, rule.code, rule.name, verdict.text))
            else:
                result.left.append(Note(path, verdict.line + 1, 1, rule.code, rule.name, verdict.why, verdict.anchor))
    if replaced:
        newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
        whole = [part for number, line in enumerate(lines) for part in _replaced(line, replaced.get(number), newline)]
        if not lines[-1].endswith("\n"):
            whole[-1] = whole[-1].rstrip("\r\n")
        result.after = "".join(whole).encode("utf-8")
    return result


def _replaced(line: str, new: list[str] | None, newline: str) -> list[str]:
    return [line] if new is None else [text + newline for text in new]


def judge(path: str, data: bytes, options: Options) -> Result:
    """Rewrite one file by the rules that look at one file at a time.

    Args:
        path: as it shall stand in the report; its name decides what the file is.
        data: the file's bytes.
        options: what is asked for.
    """
    if path.endswith((".py", ".pyw", "<stdin>")):
        return judge_python(path, data, options)
    if any(rule.files(path) for rule in all_rules()):
        return judge_lines(path, data, options)
    return Result(path, data, data)
