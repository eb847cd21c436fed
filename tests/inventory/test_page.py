"""The page: what it says, that it is whole, and what a browser makes of it."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from compat.guide import PAGES
from compat.inventory.page import render
from compat.inventory.report import as_json
from compat.inventory.steps import steps

from . import hostile
from .projects import FINISHED, OLD, STAGES, look

GUIDE = Path(__file__).resolve().parents[2] / "migration_guide"
PARTS = ("old", "shim", "native")


class Page(HTMLParser):
    """The elements of a page: tag, attributes and the text in it."""

    VOID = frozenset(("meta", "link", "br", "img"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self.feed(text)
        self.close()
        assert self._open == [], f"not closed: {[each['tag'] for each in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element["text"] += data

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [element for element in self.elements if element["tag"] == tag]


def headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in found}


def page_of(folder: Path, files: dict[str, Any], name: str = "a project") -> Page:
    return Page(render(look(folder, files), name))


@pytest.mark.parametrize("files", [*STAGES.values(), FINISHED, {}, hostile.FILES], ids=[*STAGES, "end", "none", "bad"])
def test_it_is_whole_and_its_links_lead_somewhere(tmp_path: Path, files: dict[str, Any]) -> None:
    page = page_of(tmp_path, files)
    assert [each["text"] for each in page.all("h2")] == [
        "Where it is", "Progress", "What it uses", "Left for you", "What to do next"
    ]  # fmt: skip
    assert len(page.all("h1")) == len(page.all("script")) == len(page.all("style")) == 1
    ids = {element["id"] for element in page.elements if "id" in element}
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
        else:
            assert link["href"].startswith(PAGES)
            name, _, heading = link["href"][len(PAGES) :].partition("#")
            assert not heading or heading in headings(GUIDE / name)
            assert (GUIDE / name).is_file()
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert not [element for element in page.elements if "src" in element or element["tag"] in ("img", "iframe")]


def test_it_says_what_the_json_says(tmp_path: Path) -> None:
    survey = look(tmp_path, OLD)
    page, document = Page(render(survey, "mine")), json.loads(as_json(survey))
    assert page.all("h1")[0]["text"] == "mine: what it uses of channels 0.17"
    rows = [row["text"] for row in page.all("tr")][1:]
    assert len(rows) == len(document["areas"])
    places = [place for area in document["areas"] for place in area["places"]]
    lines = [element["text"] for element in page.all("code") if element.get("class") == "line"]
    assert lines == [place["text"] for place in places]
    (body,) = page.all("body")
    for place in places:
        assert place["why"] in body["text"]
    for note in document["left"]:
        assert note["text"] in body["text"]
    assert [element["text"] for element in page.all("pre")] == [step.command for step in steps(survey) if step.command]


@pytest.mark.parametrize("number", sorted(STAGES))
def test_the_stage_is_marked(tmp_path: Path, number: int) -> None:
    (marked,) = (each for each in page_of(tmp_path, STAGES[number]).all("li") if each.get("aria-current") == "step")
    assert marked["text"].startswith(str(number))


def test_the_picture_has_words_for_who_cannot_see_it(tmp_path: Path) -> None:
    survey = look(tmp_path, STAGES[4])
    labels = [svg["aria-label"] for svg in Page(render(survey, "x")).all("svg")]
    after_old, after_native = survey.after
    assert labels == [
        f"0 on the old channels, {survey.shim} on channels-compat, {survey.native} native",
        f"0 on the old channels, {after_old} on channels-compat, {after_native} native",
    ]


def test_what_stands_in_the_project_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    page = page_of(tmp_path, hostile.FILES, name=hostile.SCRIPT)
    assert page.all("h1")[0]["text"].startswith(hostile.SCRIPT)
    where = " ".join(element["text"] for element in page.all("p") if element.get("class") == "where")
    assert f"{hostile.IMAGE}.py:5" in where
    assert r"\x1b[31mred.py:5" in where
    assert r"new\nline.py:5" in where
    assert any(hostile.SCRIPT in element["text"] for element in page.all("code"))


# --- in a browser ----------------------------------------------------------------------------------


def colour(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(number) for number in re.findall(r"\d+", text)[:3])
    return red, green, blue


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, as WCAG has it: 1 to 21."""

    def luminance(rgb: tuple[float, float, float]) -> float:
        parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lighter, darker = sorted((luminance(colour(first)), luminance(colour(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


COLOURS = """
return [...document.querySelectorAll("h1,h2,h3,p,a,li,td,th,code,summary,caption,footer,b,span")]
    .filter(e => e.offsetParent && e.textContent.trim())
    .map(e => {
        let under = e;
        while (getComputedStyle(under).backgroundColor === "rgba(0, 0, 0, 0)" && under.parentElement)
            under = under.parentElement;
        return [e.tagName + "." + e.className, getComputedStyle(e).color, getComputedStyle(under).backgroundColor];
    });
"""
BARS = """
return [...document.querySelectorAll("figure svg")].map(svg =>
    [...svg.querySelectorAll("rect")].map(r => [r.getAttribute("class"), r.getBoundingClientRect().width]));
"""


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Any:
    """Opens the page of a project in the browser; afterwards nothing may have been asked for or complained about."""

    def show(files: dict[str, Any]) -> Any:
        survey = look(tmp_path / "project", files)
        page = tmp_path / "page.html"
        page.write_bytes(render(survey, "a project").encode("utf-8", "backslashreplace"))
        browser.get(page.as_uri())
        return survey

    yield show
    assert browser.get_log("browser") == []
    asked = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [address for address in asked if not address.startswith("data:")] == []
    assert browser.title == "a project: inventory"


def test_the_picture_has_the_right_proportions(shown: Any, browser: Any) -> None:
    survey = shown(STAGES[4])
    after_old, after_native = survey.after
    numbers = [(survey.old, survey.shim, survey.native), (0, after_old, after_native)]
    bars = browser.execute_script(BARS)
    assert len(bars) == 2
    for bar, parts in zip(bars, numbers):
        expected = {f"part-{kind}": number / sum(parts) for kind, number in zip(PARTS, parts) if number}
        whole = sum(width for _, width in bar)
        assert whole > 300
        assert {kind: width / whole for kind, width in bar} == pytest.approx(expected, abs=0.002)


@pytest.mark.skipif(os.name != "posix", reason="such files cannot be there")
def test_a_hostile_project_runs_no_script(shown: Any, browser: Any) -> None:
    shown(hostile.FILES)
    assert len(browser.find_elements("css selector", "script")) == 1
    browser.implicitly_wait(0)
    assert browser.find_elements("css selector", "img") == []


def test_its_sections_can_be_reached(shown: Any, browser: Any) -> None:
    shown(OLD)
    for link in browser.find_elements("css selector", "nav a"):
        link.click()
        target = browser.execute_script("return document.querySelector(':target').getBoundingClientRect().top")
        height = browser.execute_script("return innerHeight")
        # It may begin within a pixel.
        assert -1 < target < height


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_can_be_read(shown: Any, browser: Any, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    shown({**STAGES[4], "two.py": "import channels\nprint 1\n"})
    browser.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    found = browser.execute_script(COLOURS)
    grounds = {ground for _, _, ground in found}
    assert len(found) > 50
    assert all((sum(colour(ground)) > 380) is (scheme == "light") for ground in grounds)
    assert [each for each in found if contrast(each[1], each[2]) < 4.5] == []


def test_it_fits_a_phone(shown: Any, browser: Any) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    shown(OLD)
    browser.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_it_says_everything_without_scripts(shown: Any, browser: Any) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    survey = shown(OLD)
    commands = [element.text for element in browser.find_elements("css selector", ".command code")]
    assert commands == [step.command for step in steps(survey) if step.command]
    summary = browser.find_elements("css selector", "summary")[0]
    summary.click()
    assert browser.find_elements("css selector", "details[open] .line")[0].text
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
