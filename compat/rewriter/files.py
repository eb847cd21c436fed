"""Which files are looked at, and what git says about them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

_SKIPPED = frozenset(
    (".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".tox", ".nox", ".eggs")
)


class NoSuchPath(Exception):
    """A path on the command line does not exist."""


def find(paths: Iterable[Path], exclude: Iterable[str] = ()) -> list[Path]:
    """All files below ``paths``, sorted, without what is ignored by git, belongs to others (virtual environments,
    node_modules) or is excluded. A path that is itself a file is always taken.

    Args:
        paths: files and folders.
        exclude: patterns of paths relative to the folder (``legacy/*``), or names of folders.

    Raises:
        NoSuchPath: one of them does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_file():
            found[path] = None
        elif path.is_dir():
            for relative in _below(path):
                if not _is_skipped(path, relative) and not _is_excluded(relative, exclude):
                    found[path / relative] = None
        else:
            raise NoSuchPath(f"there is no file and no folder {str(path)!r}")
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is not None:
        yield from (Path(os.fsdecode(name)) for name in listed.split(b"\0") if name)
        return
    for root, folders, names in os.walk(folder):
        here = Path(root).relative_to(folder)
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        yield from (here / name for name in names)


def _is_skipped(folder: Path, relative: Path) -> bool:
    parts = relative.parts[:-1]
    if _SKIPPED.intersection(parts):
        return True
    return any(_is_environment(str(folder.joinpath(*parts[: depth + 1]))) for depth in range(len(parts)))


_environments: dict[str, bool] = {}


def _is_environment(folder: str) -> bool:
    known = _environments.get(folder)
    if known is None:
        known = _environments[folder] = os.path.exists(os.path.join(folder, "pyvenv.cfg"))
    return known


def _is_excluded(relative: Path, exclude: Iterable[str]) -> bool:
    text = relative.as_posix()
    return any(fnmatch(text, pattern) or pattern.rstrip("/") in relative.parts for pattern in exclude)


def git(folder: Path, *arguments: str) -> bytes | None:
    """What a git command prints; None where git or a repository is missing."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def repository(path: Path) -> Path | None:
    """The root of the repository that ``path`` is in."""
    root = git(_folder(path), "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(root.rstrip(b"\n"))) if root else None


def dirty(paths: Iterable[Path]) -> list[str]:
    """Files below ``paths`` with changes that are not committed, as git names them."""
    found: dict[str, None] = {}
    for path in paths:
        changed = git(_folder(path), "status", "--porcelain", "--untracked-files=no", "--", str(path.resolve()))
        found.update((os.fsdecode(line[3:]), None) for line in (changed or b"").splitlines())
    return list(found)
