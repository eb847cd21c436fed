"""``from channels import Group`` and the like."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.helpers import get_full_name_for_node

from compat import catalogue

from ..model import SHIM, Change, Edit, Left, Node, Options, Verdict
from ..source import Source

CODE, STAGE = "SH101", SHIM
ABOUT = "Imports of names and modules of channels 0.17 come from compat.v0."

# Names that channels >= 2 has for its own purposes: in a file that imports native names they may be those.
_AMBIGUOUS = (
    "channels.exceptions.Request",
    "channels.management.",
    "channels.signals.consumer_",
    "channels.staticfiles.StaticFilesHandler",
    "channels.worker.Worker",
)


def python(source: Source, options: Options) -> Iterator[Verdict]:
    statements = [node for node in source.nodes.get(cst.ImportFrom, []) if _is_of_channels(node)]
    native = any(_is_native(node, alias) for node in statements for alias in _aliases(node))
    for node in statements:
        yield from _judge(source, node, native)


def _is_of_channels(node: Node) -> bool:
    assert isinstance(node, cst.ImportFrom)
    return not node.relative and _module(node).split(".")[0] == "channels"


def _module(node: Node) -> str:
    assert isinstance(node, cst.ImportFrom)
    return (get_full_name_for_node(node.module) or "") if node.module else ""


def _aliases(node: Node) -> list[cst.ImportAlias]:
    assert isinstance(node, cst.ImportFrom)
    return [] if isinstance(node.names, cst.ImportStar) else list(node.names)


def _full_name(node: Node, alias: cst.ImportAlias) -> str:
    return f"{_module(node)}.{alias.evaluated_name}"


def _is_native(node: Node, alias: cst.ImportAlias) -> bool:
    name = _full_name(node, alias)
    known = catalogue.is_old(name) or name in catalogue.UNCHANGED or name in catalogue.SHARED_MODULES
    return not known and not any(name == old or name.startswith(old + ".") for old in catalogue.OF_1X)


def _judge(source: Source, node: Node, native: bool) -> Iterator[Verdict]:
    assert isinstance(node, cst.ImportFrom)
    module = _module(node)
    if isinstance(node.names, cst.ImportStar):
        if module == "channels" or module in catalogue.MODULES:
            yield _move_all(node)
        return
    old, kept = [], []
    for alias in node.names:
        name = _full_name(node, alias)
        if native and name.startswith(_AMBIGUOUS):
            kept.append(alias)
            why = f"{name} may mean the one of channels >= 2 here, since the file imports others of it"
            yield Left(node, f"{why}; import it from {catalogue.shim_of(module)} if it is the old one", _anchor(name))
        elif catalogue.is_old(name):
            old.append(alias)
        elif name in catalogue.SHARED_MODULES:
            verdict = _judge_module(source, node, alias, name)
            (old if verdict is True else kept).append(alias)
            if isinstance(verdict, Left):
                yield verdict
        else:
            kept.append(alias)
    if not old:
        return
    if not kept:
        yield _move_all(node)
    else:
        yield _split(source, node, old, kept)


def _judge_module(source: Source, node: cst.ImportFrom, alias: cst.ImportAlias, name: str) -> bool | Left:
    """Whether a module that both have is used for its old names only."""
    bound = alias.evaluated_alias or alias.evaluated_name
    uses = source.uses(node, bound)
    if uses is None:
        return Left(node, f"{bound} is also something else in this file; import {name} from compat.v0", _anchor(name))
    chains = [name + source.chain(use)[1][len(bound) :] for use in uses]
    old = [catalogue.is_old(chain) for chain in chains]
    if all(old) or not any(old):
        return bool(old) and all(old)
    why = f"{bound} is used for names of channels 0.17 and of channels >= 2; import the old ones from"
    return Left(node, f"{why} {catalogue.shim_of(name)}", _anchor(name))


def _anchor(name: str) -> str:
    try:
        return catalogue.find(name).anchor
    except KeyError:
        return "rewriter.md#imports"


def _shim_module(node: cst.ImportFrom) -> cst.Attribute:
    expression = cst.parse_expression(catalogue.shim_of(_module(node)))
    assert isinstance(expression, cst.Attribute)
    return expression


def _move_all(node: cst.ImportFrom) -> Change:
    module = _shim_module(node)
    text = f"import from {catalogue.shim_of(_module(node))}"
    return Change(node, text, {node: lambda updated: updated.with_changes(module=module)})


def _split(source: Source, node: cst.ImportFrom, old: list[cst.ImportAlias], kept: list[cst.ImportAlias]) -> Change:
    """Two statements: what stays native, and what moves."""
    last = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT if node.lpar is None else kept[-1].comma)
    stays = node.with_changes(names=[*kept[:-1], last])
    names = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in old]
    moves = cst.ImportFrom(module=_shim_module(node), names=names)
    text = f"import {', '.join(alias.evaluated_name for alias in old)} from {catalogue.shim_of(_module(node))}"
    line = source.parents[node]
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        return Change(node, text, {node: lambda updated: cst.FlattenSentinel([stays, moves])})
    edit: Edit = lambda updated: cst.FlattenSentinel(  # noqa: E731
        [
            updated.with_changes(body=[stays], trailing_whitespace=cst.TrailingWhitespace()),
            cst.SimpleStatementLine([moves], trailing_whitespace=updated.trailing_whitespace),
        ]
    )
    return Change(node, text, {line: edit})
