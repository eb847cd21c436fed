"""Every error message that points into the guide points at something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import compat
from compat.guide import see

PACKAGE = Path(compat.__file__).parent
ERRORS = Path(__file__).resolve().parents[2] / "migration_guide" / "errors.md"
SOURCES = {path: path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
USED = {
    anchor: path.relative_to(PACKAGE).as_posix()
    for path, text in SOURCES.items()
    for anchor in re.findall(r"""\bsee\(\s*["']([^"']+)["']\s*\)""", text)
}


def slug(heading: str) -> str:
    """The anchor that MkDocs and GitHub give a heading."""
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower())


def anchors() -> list[str]:
    text = re.sub(r"```.*?```", "", ERRORS.read_text("utf-8"), flags=re.S)
    return re.findall(r'<a id="([^"]+)"></a>', text) + [slug(each) for each in re.findall(r"^#+ +(.+)$", text, re.M)]


def test_errors_point_into_the_guide() -> None:
    assert len(USED) > 10


@pytest.mark.parametrize("anchor", sorted(USED))
def test_an_error_is_explained(anchor: str) -> None:
    assert anchor in anchors(), f"{USED[anchor]} says: {see(anchor)}"


def test_no_explanation_has_the_name_of_another() -> None:
    found = anchors()
    assert sorted(set(found)) == sorted(found)


def test_every_call_names_its_anchor_in_place() -> None:
    calls = sum(len(re.findall(r"(?<!def )\bsee\(", text)) for text in SOURCES.values())
    named = sum(len(re.findall(r"""\bsee\(\s*["'][^"']+["']\s*\)""", text)) for text in SOURCES.values())
    assert calls == named


def test_the_sentence_names_file_and_anchor() -> None:
    assert see("options") == "See migration_guide/errors.md#options"
