"""Differences in the form that ``git apply`` takes."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .files import repository
from .model import Result


def _lines(data: bytes) -> list[bytes]:
    # Not splitlines(), which also breaks at a carriage return alone.
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _complete(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def of_result(result: Result, name: str) -> bytes:
    """The difference that one file makes; empty if it is unchanged.

    Args:
        result: the file.
        name: its path as git knows it.
    """
    if not result.changed or result.after is None:
        return b""
    path = os.fsencode(name)
    end = b"\t\n" if b" " in path else b"\n"
    head = [b"diff --git a/" + path + b" b/" + path + b"\n"]
    if result.before is None:
        head += [b"new file mode 100644\n", b"--- /dev/null\n"]
    else:
        head.append(b"--- a/" + path + end)
    head.append(b"+++ b/" + path + end)
    body = difflib.diff_bytes(difflib.unified_diff, _lines(result.before or b""), _lines(result.after), lineterm=b"\n")
    return b"".join([*head, *map(_complete, list(body)[2:])])


def of_all(results: Iterable[Result]) -> Iterator[bytes]:
    """The differences of all files, with paths relative to the root of their repository, or to the current folder
    where there is none: ``git apply`` wants it so."""
    roots: dict[Path, Path] = {}
    for result in results:
        if result.changed:
            path = Path(result.path).resolve()
            if path.parent not in roots:
                roots[path.parent] = repository(_existing(path.parent)) or Path.cwd()
            yield of_result(result, Path(os.path.relpath(path, roots[path.parent].resolve())).as_posix())


def _existing(folder: Path) -> Path:
    return folder if folder.is_dir() else _existing(folder.parent)
