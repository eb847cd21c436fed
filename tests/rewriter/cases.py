"""Reads the examples beside the rules.

A file has blocks: ``=== title`` and, below it, the code before, ``---``, and the code after; without ``---`` the code
is left alone. Several files begin with ``## path`` each; those that stay as they are need not stand after ``---``.
``@ name=value`` lines below the title set the file's path or an option; ``!! text`` lines at the end say what is
reported (some of its words), in the order of the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from compat.rewriter import rules
from compat.rewriter.model import Options

FOLDER = Path(rules.__file__).parent


@dataclass
class Case:
    rule: str
    title: str
    before: dict[str, str]
    after: dict[str, str]
    left: list[str] = field(default_factory=list)
    options: Options = field(default_factory=Options)

    @property
    def is_left_alone(self) -> bool:
        return self.before == self.after


def _files(text: str, path: str) -> dict[str, str]:
    text = text.strip("\n") + "\n"
    if not text.startswith("## "):
        return {path: text}
    found = {}
    for part in text.split("## ")[1:]:
        name, _, code = part.partition("\n")
        found[name.strip()] = code.strip("\n") + "\n" if code.strip("\n") else ""
    return found


def read(file: Path) -> list[Case]:
    cases = []
    for block in file.read_text("utf-8").split("=== ")[1:]:
        title, *lines = block.splitlines()
        settings = dict(line[2:].split("=", 1) for line in lines if line.startswith("@ ") and "=" in line)
        left = [line[3:] for line in lines if line.startswith("!! ")]
        marks = ("!! ", *(f"@ {name}=" for name in settings))
        code = "\n".join(line for line in lines if not line.startswith(marks))
        text, divider, new = code.partition("\n---\n")
        path = settings.get("path", "app/module.py")
        before = _files(text, path)
        after = {**before, **_files(new, path)} if divider else before
        options = Options(
            to=settings.get("to", "shim"),
            target=int(settings["target"]) if "target" in settings else None,
            asynchronous="async" in settings,
        )
        cases.append(Case(file.stem.replace("_", "-"), title, before, after, left, options))
    return cases


ALL = {file.stem: read(file) for file in sorted(FOLDER.glob("*.cases"))}
