"""Every block of the guide is run, or its page says why not."""

from __future__ import annotations

import ast
import configparser
import json
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest

from .pages import BLOCKS, EXAMPLES, GUIDE, PAGES, TRANSCRIPT, Block, Example, Misplaced, read
from .projects import LABELS, NATIVE_OF

# Whose blocks other tests run.
ELSEWHERE = {"rewriter.md": "tests/rewriter", "otree.md": "tests/on_otree"}
REPOSITORY = GUIDE.parent

OURS = [block for block in BLOCKS if block.page not in ELSEWHERE]


def ini(text: str) -> None:
    configparser.ConfigParser(strict=False, interpolation=None).read_string(text)


PARSERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "ini": ini}


@pytest.mark.parametrize("block", OURS, ids=lambda block: block.place)
def test_a_block_is_run_or_excused(block: Block) -> None:
    run = block.example or block.runner
    assert run or block.excuse, f"{block.place} belongs to no example, and no comment says why"
    if block.runner:
        assert "blocks_for(__file__)" in (REPOSITORY / block.runner).read_text("utf-8")


@pytest.mark.parametrize("block", [block for block in OURS if block.excuse], ids=lambda block: block.place)
def test_what_is_not_run_is_at_least_well_formed(block: Block) -> None:
    if block.language == "python":
        compile(block.text, block.place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    elif block.language in PARSERS:
        PARSERS[block.language](block.text)
    elif block.language == "console":
        assert all(line.startswith("$ ") for line in block.text.splitlines())
    else:
        assert block.language == "text", f"{block.place}: no parser for {block.language}"


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.name)
def test_an_example_shows_something(example: Example) -> None:
    files = [block for block in example.blocks if block.language != TRANSCRIPT]
    assert all(block.title for block in files), f"{example.page}: a block of {example.name} has no title"
    runs = example.option("$")
    for label in example.labels:
        if label not in (NATIVE_OF[2], NATIVE_OF[3]):
            assert runs or example.transcript(label), f"{example.page}: {example.name} is not played on {label}"
    assert set(example.labels) <= LABELS | {""}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.name)
def test_no_file_of_an_example_is_given_twice(example: Example) -> None:
    files = Counter((block.title, block.tab) for block in example.blocks if block.language != TRANSCRIPT)
    assert not [name for name, count in files.items() if count > 1]


def test_names_of_examples_are_unique() -> None:
    names = Counter(example.name for _, examples in PAGES.values() for example in examples)
    assert not [name for name, count in names.items() if count > 1]


@pytest.mark.parametrize("page", sorted(ELSEWHERE))
def test_other_pages_have_tests_of_their_own(page: str) -> None:
    assert (REPOSITORY / ELSEWHERE[page]).is_dir()


def test_a_block_without_an_example_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# A\n\n<!-- example: one -->\n```python title="a.py"\n```\n\n## B\n\n```python\nrun_me\n```\n')
    inside, outside = read(page)[0]
    assert (inside.example, outside.example, outside.excuse) == ("one", "", "")


@pytest.mark.parametrize(
    "text", ["<!-- not run: no block -->\n\ntext\n", "```python\n", "<!-- example: empty -->\n\n# heading\n"]
)
def test_what_means_nothing_is_refused(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(Misplaced):
        read(page)
