"""``import channels``, ``import channels.asgi``, and what they are used for: ``channels.Group(…)``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from compat import catalogue

from ..model import SHIM, Change, Edit, Left, Node, Options, Verdict
from ..source import Source

CODE, STAGE = "SH102", SHIM
ABOUT = "import channels, and the dotted uses of what it binds, become compat.v0."


def python(source: Source, options: Options) -> Iterator[Verdict]:
    unaliased: list[tuple[cst.Import, cst.ImportAlias]] = []
    for statement in source.nodes.get(cst.Import, []):
        assert isinstance(statement, cst.Import)
        for alias in statement.names:
            if alias.evaluated_name.split(".")[0] != "channels":
                continue
            if alias.asname is None:
                unaliased.append((statement, alias))
            else:
                yield from _judge_alias(source, statement, alias)
    if unaliased:
        yield from _judge_dotted(source, unaliased)


def _shim(dotted: str) -> cst.Attribute:
    expression = cst.parse_expression(catalogue.shim_of(dotted))
    assert isinstance(expression, cst.Attribute)
    return expression


def _gone(module: str) -> bool:
    return module in catalogue.MODULES - catalogue.SHARED_MODULES


def _judge_alias(source: Source, statement: cst.Import, alias: cst.ImportAlias) -> Iterator[Verdict]:
    """``import channels.routing as r``"""
    module, bound = alias.evaluated_name, alias.evaluated_alias or ""
    move = Change(statement, f"import {catalogue.shim_of(module)}", {alias: _renamed(module)})
    if _gone(module):
        yield move
        return
    if module != "channels" and module not in catalogue.SHARED_MODULES:
        return
    uses = source.uses(statement, bound)
    if uses is None:
        yield Left(statement, f"{bound} is also something else in this file", "rewriter.md#imports")
        return
    old = [catalogue.is_old(module + source.chain(use)[1][len(bound) :]) for use in uses]
    if old and all(old):
        yield move
    elif any(old):
        why = f"{bound} is used for names of channels 0.17 and of channels >= 2; import the old ones from"
        yield Left(statement, f"{why} {catalogue.shim_of(module)}", "rewriter.md#imports")


def _renamed(module: str) -> Edit:
    return lambda updated: updated.with_changes(name=_shim(module))


def _judge_dotted(source: Source, imports: list[tuple[cst.Import, cst.ImportAlias]]) -> Iterator[Verdict]:
    """All ``import channels…`` of a file together: they bind one and the same name."""
    edits: dict[Node, Edit] = {}
    others = 0
    for statement, _ in imports:
        uses = source.uses(statement, "channels")
        if uses is None:
            why = "channels is also something else in this file; import what you need of compat.v0"
            yield Left(statement, why, "rewriter.md#imports")
            return
        for use in uses:
            dotted = source.chain(use)[1]
            if use in edits:
                continue
            if catalogue.is_old(dotted):
                edits[use] = lambda updated: _shim("channels").with_changes(lpar=updated.lpar, rpar=updated.rpar)
            elif dotted in catalogue.UNCHANGED or not _is_part_of_import(dotted, imports):
                others += 1
    moved = {alias for _, alias in imports if _gone(alias.evaluated_name)}
    if not edits and not moved:
        return
    first = imports[0][0]
    if source.binds("compat"):
        why = "the name compat means something else in this file, so that compat.v0 cannot be imported as it is"
        yield Left(first, why, "rewriter.md#imports")
        return
    if not others:
        moved = {alias for _, alias in imports}
    for _, alias in imports:
        if alias in moved:
            edits[alias] = _renamed(alias.evaluated_name)
    if moved:
        yield Change(first, "import compat.v0 instead of channels", edits)
    else:
        # The native uses keep their import; the old ones get theirs on the line after it.
        line = source.statement(first)
        added = cst.parse_statement("import compat.v0")
        edits[line] = lambda updated: cst.FlattenSentinel([updated, added])
        yield Change(first, "import compat.v0 beside channels", edits)


def _is_part_of_import(dotted: str, imports: list[tuple[cst.Import, cst.ImportAlias]]) -> bool:
    # `channels` in `import channels.asgi` itself counts as a use.
    return any(alias.evaluated_name == dotted and dotted != "channels" for _, alias in imports)
