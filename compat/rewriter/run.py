"""Reads the files, leaves out what cannot concern us, and hands the rest to the rules, in parallel if it pays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from .engine import is_relevant, judge
from .model import NATIVE, Options, Result
from .registry import all_rules

if TYPE_CHECKING:
    from rich.console import Console

# A process must import LibCST first, which takes as long as it takes to judge some files.
_FILES_PER_PROCESS = 8

_Job = tuple[str, bytes, Options]


def read(paths: Iterable[Path], options: Options) -> dict[str, bytes]:
    """Path -> bytes of the files that may contain something for us; of all Python files for NATIVE, where one is
    looked at because of another."""
    found = {}
    for path in paths:
        name = path.as_posix()
        is_python = name.endswith((".py", ".pyw"))
        if not is_python and not any(rule.files(name) for rule in all_rules()):
            continue
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if is_relevant(data) or (is_python and options.to == NATIVE):
            found[name] = data
    return found


def _judge(job: _Job) -> Result:
    return judge(*job)


def rewrite_texts(
    texts: Mapping[str, bytes], options: Options, jobs: Optional[int] = 1, console: Optional[Console] = None
) -> list[Result]:
    """Run the rules.

    Args:
        texts: path -> bytes.
        options: what is asked for.
        jobs: number of processes; None for as many as pay.
        console: where to show the progress if it is a terminal.

    Returns:
        the results of the files that contain something for us, in the order of ``texts``; with NATIVE in that of
        their paths.
    """
    work = [(name, data, options) for name, data in texts.items() if is_relevant(data)]
    processes = jobs or min(os.cpu_count() or 1, len(work) // _FILES_PER_PROCESS)
    results = _shim(work, processes, console)
    if options.to == NATIVE:
        from .native.project import convert

        return convert(results, {name: data for name, data in texts.items() if name.endswith(".py")}, options)
    return results


def _shim(work: list[_Job], processes: int, console: Optional[Console]) -> list[Result]:
    from rich.progress import Progress

    if console is None or not console.is_terminal:
        return list(_judged(work, processes))
    with Progress(console=console, transient=True) as progress:
        return list(progress.track(_judged(work, processes), len(work), description="rewriting"))


def _judged(work: list[_Job], processes: int) -> Iterator[Result]:
    if processes < 2:
        yield from map(_judge, work)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_judge, work, chunksize=4)
