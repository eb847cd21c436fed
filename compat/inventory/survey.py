"""Looks through a project: what it uses, and what the rewriter makes of that when it is really run, in memory."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from compat import catalogue, stages
from compat.rewriter import files as tree
from compat.rewriter.model import NATIVE as TO_NATIVE
from compat.rewriter.model import Note, Options
from compat.rewriter.rules import deployment, requirements
from compat.rewriter.run import rewrite_texts

from .uses import NATIVE, OLD, SHIM, Found, Use, find, may_have_uses

# What becomes of a use.
CONVERTED, STAYS, BLOCKS = "converted", "stays", "blocks"

# A process must import LibCST first.
_FILES_PER_PROCESS = 8


@dataclass(frozen=True)
class Place:
    """A use of the old API, with what becomes of it.

    Attributes:
        use: where and what.
        row: its row of the catalogue.
        fate: CONVERTED by the rewriter, STAYS on the shim until somebody converts it, or BLOCKS, since the shim cannot
            run it either.
        why: the reason why it stays; empty if CONVERTED.
        page: the guide's page about that.
    """

    use: Use
    row: catalogue.Row
    fate: str
    why: str
    page: str


@dataclass(frozen=True)
class Survey:
    """All that was found.

    Attributes:
        root: what was looked through, as it was given.
        looked_at: number of files.
        places: uses of the old API, also by the name of the shim.
        native: number of uses of today's channels.
        after: what the numbers of places and of native uses would be after ``rewrite --to native``.
        blockers: what the shim cannot run, and so is left for hands before anything else.
        left: what the rewriter leaves for hands on the way to native consumers.
        unparsed: the files that do not parse.
        facts: what else the files tell: "app compat", "app otree" (in INSTALLED_APPS), "old pin" (a requirement of
            channels < 2), "requires NAME", "settings MODULE", "ASGI_APPLICATION", "COMPAT_WARN", "shim" (something
            is imported from it).
        manage: path of manage.py; "" if there is none.
        target: the version of channels to convert to.
    """

    root: str
    looked_at: int
    places: tuple[Place, ...]
    native: int
    after: tuple[int, int]
    blockers: tuple[Note, ...]
    left: tuple[Note, ...]
    unparsed: tuple[Note, ...]
    facts: frozenset[str]
    manage: str
    target: int

    @property
    def on_shim(self) -> bool:
        """Whether the project names the shim."""
        return bool({"app compat", "shim"} & self.facts)

    @property
    def old(self) -> int:
        """Number of places that need the old channels."""
        return 0 if "app compat" in self.facts else sum(place.use.way == OLD for place in self.places)

    @property
    def shim(self) -> int:
        """Number of places that go through the shim."""
        return len(self.places) - self.old

    def count(self, fate: str) -> int:
        """Number of places with this fate."""
        return sum(place.fate == fate for place in self.places)

    @property
    def stage(self) -> stages.Stage:
        """The stage of the way, as far as files can tell."""
        named = self.on_shim or "requires channels-compat" in self.facts
        return stages.decide(
            legacy=bool(self.places or self.blockers or self.unparsed),
            shim=named,
            old_stack="old pin" in self.facts,
            native=self.native > 0,
            warned="COMPAT_WARN" in self.facts,
        )

    @property
    def finished(self) -> bool:
        """Whether neither the old API nor the shim is there any more."""
        return not (self.places or self.blockers or self.unparsed or self.on_shim) and (
            "requires channels-compat" not in self.facts
        )

    def by_area(self) -> dict[catalogue.Area, list[Place]]:
        """The places by their area, in the order of a report."""
        found: dict[catalogue.Area, list[Place]] = {}
        for area in catalogue.AREAS.values():
            places = [place for place in self.places if place.row.area is area]
            if places:
                found[area] = places
        return found


def survey(root: Path, exclude: Iterable[str] = (), target: int = 4, jobs: int | None = None) -> Survey:
    """Look through the files below ``root``, or at one file.

    Args:
        root: a folder or a file.
        exclude: as for :func:`compat.rewriter.files.find`.
        target: the major version of channels to convert to.
        jobs: number of processes; None for as many as pay.

    Raises:
        compat.rewriter.files.NoSuchPath: there is no ``root``.
    """
    found = tree.find([root], exclude)
    texts = {path.as_posix(): data for path in found for data in _read(path)}
    results = rewrite_texts(texts, Options(to=TO_NATIVE, target=target), jobs)
    before = _find_all({path: data for path, data in texts.items() if may_have_uses(path, data)}, jobs)
    # All of them: one that has nothing of the old API any more is news too.
    after = _find_all({each.path: each.after for each in results if each.changed and each.after is not None}, jobs)
    uses = [use for path in sorted(before) for use in before[path].uses]
    old, native = _split(uses)
    later = [use for path in {**before, **after} for use in after.get(path, before.get(path, Found())).uses]
    notes = [note for result in results for note in result.left]
    facts = {fact for each in before.values() for fact in each.facts}
    if any(use.way == SHIM for use in old):
        facts.add("shim")
    manage = [path for path in texts if PurePosixPath(path).name == "manage.py"]
    return Survey(
        root=root.as_posix(),
        looked_at=len(found),
        places=tuple(_judge(old, after, notes, texts)),
        native=len(native),
        after=(len(_split(later)[0]), len(_split(later)[1])),
        blockers=tuple(note for note in notes if _is_blocker(note)),
        left=tuple(note for note in notes if not _is_blocker(note)),
        unparsed=tuple(result.error for result in results if result.error is not None),
        facts=frozenset(facts),
        manage=min(manage, key=lambda path: (path.count("/"), path), default=""),
        target=target,
    )


def _read(path: Path) -> list[bytes]:
    """The bytes, if it is a file for us."""
    name = path.as_posix()
    if not name.endswith((".py", ".pyw")) and not (requirements.files(name) or deployment.files(name)):
        return []
    try:
        return [path.read_bytes()]
    except OSError:
        return []


def _find(job: tuple[str, bytes]) -> Found:
    return find(*job)


def _find_all(texts: Mapping[str, bytes], jobs: int | None) -> dict[str, Found]:
    work = list(texts.items())
    processes = jobs or min(os.cpu_count() or 1, len(work) // _FILES_PER_PROCESS)
    if processes < 2:
        return {job[0]: _find(job) for job in work}
    with ProcessPoolExecutor(processes) as pool:
        return {job[0]: found for job, found in zip(work, pool.map(_find, work, chunksize=4))}


def _split(uses: Iterable[Use]) -> tuple[list[Use], list[Use]]:
    old: list[Use] = []
    native: list[Use] = []
    for use in uses:
        (native if use.way == NATIVE else old).append(use)
    return old, native


# --- what becomes of each place --------------------------------------------------------------------

_ROWS = {(row.kind, row.old): row for row in catalogue.ROWS}


def _judge(
    uses: list[Use], after: Mapping[str, Found], notes: list[Note], texts: Mapping[str, bytes]
) -> Iterator[Place]:
    """Whether each use is still there in what the rewriter has made of its file."""
    stay = {use for path, found in after.items() for use in _still_there(uses, path, found)}
    stay.update(use for use in uses if use.path not in after)
    reasons = _Reasons(notes, texts)
    given = {use: reasons.of(use) for use in uses if use in stay}
    by_name = {(use.path, use.old): note for use, note in given.items() if note is not None}
    for use in uses:
        row = _ROWS[use.kind, use.old]
        if use not in stay:
            yield Place(use, row, CONVERTED, "", row.area.page)
            continue
        # An import stays for what is imported.
        note = given[use] or (by_name.get((use.path, use.old)) if use.imports else None)
        if note is None:
            yield Place(use, row, STAYS, _own_reason(row), row.area.page)
        else:
            fate = BLOCKS if _is_blocker(note) else STAYS
            yield Place(use, row, fate, note.text.replace("stays on the shim: ", "", 1), note.page)


def _own_reason(row: catalogue.Row) -> str:
    """Why something stays for which the rewriter names no reason of its own."""
    if row.how == catalogue.BY_HAND or row.kind in (catalogue.SETTING, catalogue.COMMAND, catalogue.PACKAGE):
        return row.why
    return "goes when nothing of the old API is left" if row.area.title == "asgi.py" else _BELONGS


_BELONGS = "something that it belongs to stays on the shim"


def _still_there(uses: list[Use], path: str, after: Found) -> set[Use]:
    """Those of the uses in one file that are still there, wherever they have moved to."""
    before = [use for use in uses if use.path == path]
    found: set[Use] = set()
    # In the same function or class first: what has gone from one may be there in another.
    for sign in (lambda use: (use.kind, use.old, use.code, use.scope), lambda use: (use.kind, use.old, use.code)):
        left = Counter(map(sign, after.uses)) - Counter(sign(use) for use in found)
        for use in before:
            if use not in found and left[sign(use)]:
                left[sign(use)] -= 1
                found.add(use)
    return found


def _is_blocker(note: Note) -> bool:
    """Whether a place was left by a rule of the way onto the shim."""
    return note.code.startswith("SH")


class _Reasons:
    """The rewriter's own reasons, by where they apply."""

    def __init__(self, notes: list[Note], texts: Mapping[str, bytes]) -> None:
        self._by_line = {(note.path, note.line): note for note in notes}
        self._by_scope: dict[tuple[str, str], Note] = {}
        self._by_name: dict[str, Note] = {}
        scopes: dict[str, Note] = {}
        for note in notes:
            lines = texts.get(note.path, b"").decode("utf-8", "replace").splitlines()
            # A route that stays names the consumer that stays with it.
            for name in re.findall(r"[A-Za-z_]\w*", lines[note.line - 1] if note.line <= len(lines) else ""):
                self._by_name.setdefault(name, note)
            scope = _scope(lines, note.line)
            self._by_scope.setdefault((note.path, scope), note)
            scopes.setdefault(scope, note)
        # And the consumer in which something cannot be converted keeps its routes.
        self._by_name.update({name: note for name, note in scopes.items() if name})

    def of(self, use: Use) -> Note | None:
        """The reason why a use stays, if one was given for its line, its function or class, or the route of that."""
        found = self._by_line.get((use.path, use.line))
        if found is not None and _is_blocker(found) and use.old not in found.text:
            found = None
        if found is None and use.scope:
            found = self._by_scope.get((use.path, use.scope)) or self._by_name.get(use.scope)
        if found is None and use.code.startswith(("route", "include")):
            named = re.findall(r"[A-Za-z_]\w*", use.code.partition("(")[2])
            found = next((self._by_name[name] for name in named if name in self._by_name), None)
        return found


def _scope(lines: list[str], line: int) -> str:
    """The function or class at the top level that a line is in."""
    for text in reversed(lines[:line]):
        match = re.match(r"(?:async\s+)?(?:def|class)\s+(\w+)", text)
        if match:
            return match[1]
        if text and not text[0].isspace() and not text.startswith((")", "]", "}", "#", "@")):
            return ""
    return ""
