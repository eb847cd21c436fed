"""The Python files of the project, and what dotted names mean in them."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import PurePosixPath

import libcst as cst

from ..model import Edit, Node
from ..source import NotParsed, Source


class File:
    """One file, and what is to be changed in it."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.source = source
        self.edits: dict[Node, Edit] = {}
        self.imports: list[str] = []
        self.appended: list[str] = []

    @cached_property
    def top(self) -> dict[str, list[cst.CSTNode]]:
        """What the module defines at its top level: name -> definitions and assignments (the statements)."""
        found: dict[str, list[cst.CSTNode]] = {}
        for statement in self.source.module.body:
            if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
                found.setdefault(statement.name.value, []).append(statement)
            elif isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    for name in _bound(small):
                        found.setdefault(name, []).append(small)
        return found

    def value(self, name: str) -> cst.BaseExpression | None:
        """What is assigned to a name of the module, if that happens once."""
        statements = self.top.get(name, [])
        if len(statements) == 1 and isinstance(statements[0], cst.Assign):
            return statements[0].value
        return None


def _bound(small: cst.BaseSmallStatement) -> list[str]:
    if isinstance(small, cst.Assign):
        targets: list[cst.BaseExpression] = [target.target for target in small.targets]
    elif isinstance(small, (cst.AugAssign, cst.AnnAssign)):
        targets = [small.target]
    else:
        return []
    return [target.value for target in targets if isinstance(target, cst.Name)]


class Files:
    """All Python files that are looked at.

    Args:
        data: path -> bytes, with slashes.
    """

    def __init__(self, data: dict[str, bytes]) -> None:
        self.data = data
        self._by_name: dict[str, list[str]] = {}
        for path in data:
            self._by_name.setdefault(_name(path), []).append(path)
        self.loaded: dict[str, File | None] = {}

    def get(self, path: str) -> File | None:
        """The file; None if there is none or it does not parse."""
        if path not in self.loaded:
            try:
                self.loaded[path] = File(Source(path, self.data[path])) if path in self.data else None
            except NotParsed:
                self.loaded[path] = None
        return self.loaded[path]

    def with_word(self, word: str) -> list[str]:
        """The paths of the files that contain ``word``."""
        plain = word.encode()
        pattern = re.compile(rb"\b" + re.escape(plain) + rb"\b")
        # Most files lack it altogether, which is found out many times faster.
        return [path for path, data in self.data.items() if plain in data and pattern.search(data)]

    def module(self, dotted: str, beside: str) -> File | None:
        """The file of a module of the project; the one nearest to the file ``beside`` where several could be meant."""
        path = self.path_of(dotted, beside)
        return self.get(path) if path else None

    def path_of(self, dotted: str, beside: str) -> str:
        """As :meth:`module`, its path, without parsing it; "" if there is none."""
        if dotted.startswith("."):
            return self._relative(dotted, beside)
        tail = dotted.replace(".", "/")
        ends = (f"{tail}.py", f"{tail}/__init__.py")
        named = self._by_name.get(dotted.rpartition(".")[2], ())
        found = [path for path in named if any(path == end or path.endswith("/" + end) for end in ends)]
        return max(found, key=lambda path: (_common(path, beside), -len(path)), default="")

    def _relative(self, dotted: str, beside: str) -> str:
        name = dotted.lstrip(".")
        folder = PurePosixPath(beside)
        for _ in range(len(dotted) - len(name)):
            folder = folder.parent
        base = folder.joinpath(*name.split(".")) if name else folder
        return next((path for path in (f"{base}.py", str(base / "__init__.py")) if path in self.data), "")

    def resolve(self, dotted: str, beside: str) -> tuple[File, str] | None:
        """File and name of what a dotted name means; follows one import on the way."""
        module, _, name = dotted.rpartition(".")
        file = self.module(module or ("." if dotted.startswith(".") else ""), beside) if module else None
        if file is None:
            return None
        if name in file.top:
            return file, name
        for statement in file.source.nodes.get(cst.ImportFrom, []):
            assert isinstance(statement, cst.ImportFrom)
            if isinstance(statement.names, cst.ImportStar):
                continue
            for alias in statement.names:
                if (alias.evaluated_alias or alias.evaluated_name) == name:
                    origin = "." * len(statement.relative)
                    origin += "" if statement.module is None else _dotted(statement.module)
                    target = self.module(origin, file.path)
                    if target is not None and alias.evaluated_name in target.top:
                        return target, alias.evaluated_name
        return None

    def find(self, file: File, node: cst.BaseExpression) -> tuple[File, str] | None:
        """File and name of what an expression names: a name, an attribute of a module, or a dotted name in a string."""
        if isinstance(node, cst.SimpleString):
            return self.resolve(str(node.evaluated_value), file.path)
        meaning = file.source.meaning(node)
        if meaning:
            return self.resolve(meaning, file.path)
        if isinstance(node, cst.Name) and node.value in file.top:
            return file, node.value
        return self._among_all(file, node.value) if isinstance(node, cst.Name) else None

    def _among_all(self, file: File, name: str) -> tuple[File, str] | None:
        """What a name is that ``from module import *`` may have brought."""
        for statement in file.source.nodes.get(cst.ImportFrom, []):
            assert isinstance(statement, cst.ImportFrom)
            if isinstance(statement.names, cst.ImportStar):
                module = "." * len(statement.relative)
                target = self.module(module + (_dotted(statement.module) if statement.module else ""), file.path)
                if target is not None and name in target.top:
                    return target, name
        return None

    def dotted(self, file: File) -> str:
        """The name that a file is imported by: up to the folder that is no package any more."""
        path = PurePosixPath(file.path)
        parts = [] if path.name == "__init__.py" else [path.stem]
        folder = path.parent
        while str(folder / "__init__.py") in self.data:
            parts.insert(0, folder.name)
            folder = folder.parent
        return ".".join(parts)


def _name(path: str) -> str:
    """The last part of the name of a module."""
    parts = path.rsplit("/", 2)
    return parts[-2] if parts[-1] == "__init__.py" and len(parts) > 1 else parts[-1].rpartition(".")[0]


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def _common(one: str, other: str) -> int:
    parts = 0
    for first, second in zip(one.split("/"), other.split("/")):
        if first != second:
            break
        parts += 1
    return parts
