"""The inventory as one web page, for people who need not know Django. It needs no other file and no script."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

import compat
from compat import catalogue
from compat.guide import PAGES
from compat.rewriter.model import Note
from compat.stages import STAGES

from .report import on_the_shim, shown, summary
from .steps import steps
from .survey import BLOCKS, CONVERTED, Place, Survey

_HERE = Path(__file__).parent
_NAMES = {"old": "on the old channels", "shim": "on channels-compat", "native": "native"}
# An area with more places is folded.
_FEW = 6
# The bar's width in units of its own.
_WIDTH = 1000


def render(survey: Survey, name: str) -> str:
    """The page.

    Args:
        survey: what to show.
        name: of the project.
    """
    parts = [*_head(survey, name), *_stage(survey), *_progress(survey), *_uses(survey), *_left(survey)]
    parts += [*_next(survey), *_foot()]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    """Any text, as HTML."""
    return html.escape(shown(text), quote=True)


def _link(page: str, text: str) -> str:
    return f'<a href="{_text(PAGES + page)}">{_text(text)}</a>'


def _below(path: str, root: str) -> str:
    """The path without that of the project's folder."""
    return path[len(root) + 1 :] if path.startswith(root + "/") else path


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _head(survey: Survey, name: str) -> list[str]:
    css = (_HERE / "page.css").read_text("utf-8")
    sections = [("stage", "Where it is"), ("progress", "Progress"), ("uses", "What it uses"), ("left", "Left for you"),
                ("next", "What to do next")]  # fmt: skip
    items = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in sections)
    return [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # The page is whole: whatever stands in the code it shows, nothing is loaded or sent.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; '
        "script-src 'unsafe-inline'; img-src data:\">",
        '<link rel="icon" href="data:,">',
        f"<title>{_text(name)}: inventory</title>",
        f"<style>\n{css}</style>",
        "</head>",
        "<body>",
        "<header>",
        f"<h1>{_text(name)}: what it uses of channels 0.17</h1>",
        '<p class="lead">Channels is the part of Django that keeps a page connected to the server. '
        "Version 0.17 of it is from 2016 and does not run on today's Python. With channels-compat the code that was "
        "written for it does.</p>",
        f'<p class="lead">{_text(summary(survey))}</p>',
        f"<nav aria-label=\"Sections\"><ul>{items}</ul></nav>",
        "</header>",
        "<main>",
    ]  # fmt: skip


def _section(anchor: str, title: str) -> str:
    return f'<h2 id="{anchor}">{title}</h2>'


def _stage(survey: Survey) -> list[str]:
    current = survey.stage
    items = []
    for stage in STAGES:
        state = ' aria-current="step"' if stage == current else ' class="past"' if stage < current else ""
        items.append(f"<li{state}><b>{stage.number}</b> {_text(stage.title)}</li>")
    return [
        _section("stage", "Where it is"),
        f"<p>Stage {current.number} of 5. {_text(current.about)} {_link('stages.md', 'All stages')}</p>",
        f'<ol class="stages" start="0">{"".join(items)}</ol>',
    ]


# --- the picture -----------------------------------------------------------------------------------


def _progress(survey: Survey) -> list[str]:
    now = {"old": survey.old, "shim": survey.shim, "native": survey.native}
    old_or_shim, native = survey.after
    # The rewriter moves all that it leaves onto the shim.
    after = {"old": 0, "shim": old_or_shim, "native": native}
    return [
        _section("progress", "Progress"),
        "<p>Places in the code, by what they need. <em>Native</em> code is written for today's channels and needs no "
        "help; its places are fewer, since it says the same in other words.</p>",
        *_figure("Now", now),
        *_figure(f"After <code>rewrite --to native --target {survey.target}</code>", after),
    ]


def _figure(title: str, numbers: dict[str, int]) -> list[str]:
    whole = sum(numbers.values())
    if not whole:
        return [f"<figure><h3>{title}</h3><p>There is nothing to count.</p></figure>"]
    words = ", ".join(f"{number} {_NAMES[kind]}" for kind, number in numbers.items())
    return [
        "<figure>",
        f"<h3>{title}</h3>",
        f'<svg viewBox="0 0 {_WIDTH} 36" preserveAspectRatio="none" role="img" aria-label="{words}">',
        *_bar(numbers, whole),
        "</svg>",
        '<ul class="legend">',
        *(
            f'<li><i class="part-{kind}"></i><b>{number}</b> {_NAMES[kind]} ({round(100 * number / whole)} %)</li>'
            for kind, number in numbers.items()
        ),
        "</ul>",
        "</figure>",
    ]


def _bar(numbers: dict[str, int], whole: int) -> Iterable[str]:
    start = 0.0
    for kind, number in numbers.items():
        if number:
            width = _WIDTH * number / whole
            yield (
                f'<rect class="part-{kind}" x="{start:.2f}" y="0" width="{width:.2f}" height="36">'
                f"<title>{number} {_NAMES[kind]}</title></rect>"
            )
            start += width


# --- what it uses ----------------------------------------------------------------------------------


def _uses(survey: Survey) -> list[str]:
    found = [_section("uses", "What it uses")]
    if not survey.places:
        return [*found, "<p>Nothing of the old API.</p>"]
    found += [
        '<div class="scroll"><table>',
        "<caption>Each place is either converted by the rewriter, or stays as it is and runs on channels-compat. "
        "The links lead to the old code and the new, side by side.</caption>",
        '<thead><tr><th scope="col">Area</th><th scope="col" class="number">Places</th>'
        '<th scope="col" class="number">Converted</th><th scope="col" class="number">Stay</th></tr></thead>',
        "<tbody>",
        *(_row(area, places) for area, places in survey.by_area().items()),
        "</tbody></table></div>",
    ]
    for area, places in survey.by_area().items():
        found += _area(area, places, survey.root)
    return found


def _row(area: catalogue.Area, places: list[Place]) -> str:
    converted = sum(place.fate == CONVERTED for place in places)
    numbers = (len(places), converted, len(places) - converted)
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    return f'<tr><th scope="row">{_link(area.page, area.title)}</th>{cells}</tr>'


def _area(area: catalogue.Area, places: list[Place], root: str) -> list[str]:
    is_open = " open" if len(places) <= _FEW else ""
    return [
        f'<details{is_open}><summary>{area.title} <span class="soft">– {len(places)}</span></summary><div>',
        '<ul class="places">',
        *(_item(place, root) for place in places),
        "</ul></div></details>",
    ]


def _item(place: Place, root: str) -> str:
    use, row = place.use, place.row
    native = row.native[-1]
    if place.fate == CONVERTED:
        fate = '<span class="fate converted">The rewriter converts it.</span>'
    else:
        verb = "Must be replaced" if place.fate == BLOCKS else "Stays"
        fate = f'<span class="fate">{verb}:</span> {_text(place.why)} ({_link(place.page, "more")})'
    return (
        f'<li><p class="where">{_text(f"{_below(use.path, root)}:{use.line}")} · {_code(row.old)}</p>'
        f'<code class="line">{_text(use.text)}</code>'
        f"<p>On channels-compat: {_text(on_the_shim(row))}.</p><p>On today's channels: {_code(native)}</p>"
        f"<p>{fate}</p></li>"
    )


# --- what is left ----------------------------------------------------------------------------------


def _left(survey: Survey) -> list[str]:
    found = [_section("left", "Left for you")]
    if not (survey.unparsed or survey.blockers or survey.left):
        return [*found, "<p>Nothing.</p>"]
    if survey.unparsed:
        found += ["<h3>Files that could not be read</h3>", '<p class="warn">What these files use is not counted.</p>']
        found += _notes(survey.unparsed, survey.root)
    if survey.blockers:
        found += [
            "<h3>Before anything else</h3>",
            '<p class="warn">These do not run on channels-compat as they are.</p>',
        ]
        found += _notes(survey.blockers, survey.root)
    if survey.left:
        found += ["<h3>When you like</h3>", "<p>These run on channels-compat. The rewriter does not convert them, "
                  "since it is not sure of them.</p>", *_notes(survey.left, survey.root)]  # fmt: skip
    return found


def _notes(notes: Iterable[Note], root: str) -> list[str]:
    items = []
    for note in notes:
        where = _text(f"{_below(note.path, root)}:{note.line}")
        items.append(
            f'<li><p class="where">{where} · {_text(note.code)}</p>'
            f"<p>{_text(note.text)} ({_link(note.page, 'more')})</p></li>"
        )
    return ['<ul class="places">', *items, "</ul>"]


# --- what to do ------------------------------------------------------------------------------------


def _next(survey: Survey) -> list[str]:
    found = steps(survey)
    parts = [_section("next", "What to do next")]
    if not found:
        return [*parts, "<p>Nothing: neither the old API nor channels-compat is used.</p>"]
    parts.append('<ol class="next">')
    for step in found:
        command = f'<div class="command"><pre><code>{_text(step.command)}</code></pre></div>' if step.command else ""
        parts.append(f"<li>{_text(step.about)}{command}</li>")
    return [*parts, "</ol>"]


def _foot() -> list[str]:
    js = (_HERE / "page.js").read_text("utf-8")
    return [
        "</main>",
        f"<footer><p>Made by channels-compat {compat.__version__}, which has only looked. "
        f"{_link('index.md', 'The migration guide')}</p></footer>",
        f"<script>\n{js}</script>",
        "</body>",
        "</html>",
    ]
