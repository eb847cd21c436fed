"""Nothing that comes over a network may run code: no module of ours knows pickle or its like."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator

import pytest

import compat

PACKAGE = Path(compat.__file__).parent
MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "yaml", "jsonpickle"}


def unpicklers(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            # A string is another node before Python 3.8.
            named = re.findall(r"\((?:value|s)='(\w+)'", " ".join(map(ast.dump, node.args)))
            yield from (name for name in named if name in MODULES)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_knows_pickle(path: Path) -> None:
    assert list(unpicklers(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    ["import pickle", "import os, pickle as p", "from pickle import loads", "import_module('marshal')"],
)
def test_who_does_is_found(source: str) -> None:
    assert list(unpicklers(source))
