"""Reads the guide's pages: their code blocks, and the examples that these make up. README.md has the notation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[2] / "migration_guide"

FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
TAB = re.compile(r'^=== "(?P<label>.+)"$')
COMMENT = re.compile(r"^ *<!-- (?P<what>example|not run|run by): (?P<text>.+) -->$")
TITLE = re.compile(r'title="([^"]+)"')

TRANSCRIPT = "transcript"


class Misplaced(Exception):
    """A comment or block stands where it means nothing."""


@dataclass(frozen=True)
class Block:
    """A fenced block. `tab` is the label above it, `example` the name of what it belongs to, `runner` the test file
    that runs it, `excuse` why it is not run."""

    page: str
    line: int
    language: str
    title: str
    text: str
    tab: str
    example: str
    excuse: str
    runner: str = ""

    @property
    def commands(self) -> list[str]:
        """The lines that are typed at a prompt, without their remarks."""
        return [re.sub(r"  +#.*", "", line[2:]) for line in self.text.splitlines() if line.startswith("$ ")]

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass
class Example:
    """Blocks that together are a project, or several: one for each label of tabs."""

    name: str
    page: str
    options: frozenset[str]
    blocks: list[Block] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(block.tab for block in self.blocks if block.tab)) or [""]

    def option(self, word: str) -> str:
        """What follows the word in the option that begins with it."""
        return next((each[len(word) + 1 :] for each in self.options if each.startswith(f"{word} ")), "")

    def files(self, *labels: str) -> dict[str, str]:
        """The project's files by their path; those of later labels replace others of the same name."""
        found = EXAMPLES[self.option("as")].files(*labels) if self.option("as") else {}
        chosen = [block for tab in ("", *labels) for block in self.blocks if block.tab == tab]
        return {**found, **{block.title: block.text for block in chosen if block.language != TRANSCRIPT}}

    def transcript(self, label: str) -> list[str]:
        """What clients do and get: the label's own one, else the one that all share."""
        found = [block for block in self.blocks if block.language == TRANSCRIPT and block.tab in (label, "")]
        own = [block for block in found if block.tab == label] or found
        return [line for block in own for line in block.text.splitlines() if line.strip()]


def read(page: Path) -> tuple[list[Block], list[Example]]:
    """The blocks of a page and its examples.

    Raises:
        Misplaced: a comment is followed by nothing that it could be about, or a fence is not closed.
    """
    blocks: list[Block] = []
    examples: dict[str, Example] = {}
    example = excuse = runner = tab = ""
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        comment, label, fence = COMMENT.match(line), TAB.match(line), FENCE.match(line)
        if comment and comment["what"] == "example":
            example, *options = [part.strip() for part in comment["text"].split(";")]
            examples.setdefault(example, Example(example, page.name, frozenset(options)))
        elif comment and comment["what"] == "run by":
            runner = comment["text"]
        elif comment:
            excuse = comment["text"]
        elif label:
            tab = label["label"]
        elif fence:
            text = _inside(lines, fence["indent"], f"{page.name}:{number}")
            language = fence["info"].split(" ")[0]
            title = TITLE.search(fence["info"])
            block = Block(
                page.name, number, language, title[1] if title else "", text, tab if fence["indent"] else "",
                "" if excuse or runner else example, excuse, runner,
            )  # fmt: skip
            blocks.append(block)
            if block.example:
                examples[example].blocks.append(block)
            excuse = runner = ""
        elif line.strip():
            if excuse or runner:
                raise Misplaced(f"{page.name}:{number}: no block follows the comment '{excuse or runner}'")
            if line.startswith("#"):
                example = ""
            if not line.startswith(" "):
                tab = ""
    empty = [each.name for each in examples.values() if not each.blocks]
    if empty:
        raise Misplaced(f"{page.name}: no block belongs to {', '.join(empty)}")
    return blocks, list(examples.values())


def _inside(lines, indent: str, place: str) -> str:
    found = []
    for _, line in lines:
        if line.strip() == "```":
            return "".join(each[len(indent) :] + "\n" for each in found)
        found.append(line)
    raise Misplaced(f"{place}: the fence is not closed")


PAGES = {path.name: read(path) for path in sorted(GUIDE.glob("*.md"))}
BLOCKS = [block for blocks, _ in PAGES.values() for block in blocks]
EXAMPLES = {example.name: example for _, examples in PAGES.values() for example in examples}


def blocks_for(test: str) -> list[Block]:
    """What a test file runs.

    Args:
        test: its ``__file__``.
    """
    return [block for block in BLOCKS if block.runner and GUIDE.parent / block.runner == Path(test)]
