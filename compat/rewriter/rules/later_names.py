"""Names of channels 1.x, which 0.17 had not."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst.helpers import get_full_name_for_node

from compat import catalogue

from ..model import SHIM, Left, Options, Verdict
from ..source import Source

CODE, STAGE = "SH107", SHIM
ABOUT = "Imports of what only channels 1.x had are named."


def python(source: Source, options: Options) -> Iterator[Verdict]:
    for node in (*source.nodes.get(cst.ImportFrom, []), *source.nodes.get(cst.Import, [])):
        for name in _imported(node):
            known = [old for old in catalogue.OF_1X if name == old or name.startswith(old + ".")]
            # channels 2 to 4 have some of them again.
            if known and known[0] != catalogue.OF_1X[known[0]]:
                instead = catalogue.shim_of(catalogue.OF_1X[known[0]])
                why = f"{name} is of channels 1.x, and the shim is 0.17; use {instead}, or convert it by hand"
                yield Left(node, why, "rewriter.md#names-of-channels-1x")
            elif known and known[0] == "channels.delay":
                yield Left(node, f"{name} is of channels 1.x and gone since", "rewriter.md#names-of-channels-1x")


def _imported(node: cst.CSTNode) -> list[str]:
    if isinstance(node, cst.Import):
        return [alias.evaluated_name for alias in node.names]
    assert isinstance(node, cst.ImportFrom)
    if node.relative or node.module is None:
        return []
    module = get_full_name_for_node(node.module) or ""
    if isinstance(node.names, cst.ImportStar):
        return [module]
    return [f"{module}.{alias.evaluated_name}" for alias in node.names]
