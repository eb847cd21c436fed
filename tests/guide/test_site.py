"""What the site would load from elsewhere is found; the session guide-site looks at all of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import check_site
import guide_hooks


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.html", '<script src="https://cdn.example/a.js"></script>', 1),
        ("a.html", '<link rel="stylesheet" href="//fonts.example/css">', 1),
        ("a.html", '<link rel="preconnect" href="https://fonts.example">', 1),
        ("a.html", '<p style="background: url(https://pictures.example/a.png)">', 1),
        ("a.html", '<pre class="mermaid"><code>graph</code></pre>', 1),
        ("a.css", "@import 'https://fonts.example/css'; a { background: url(//b.example/c.png) }", 2),
        ("a.html", '<link rel="canonical" href="https://here.example/"><a href="https://elsewhere.example/">x</a>', 0),
        ("a.html", '<script src="assets/a.js"></script><img src="data:image/png;base64,AA">', 0),
        ("a.css", "a { background: url(data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>) }", 0),
    ],
)
def test_what_comes_from_elsewhere_is_found(name: str, text: str, found: int, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert len(list(check_site.foreign(tmp_path))) == found


def test_a_reader_sees_why_a_block_is_not_run() -> None:
    shown = guide_hooks.on_page_markdown("text\n\n<!-- not run: no network -->\n```console\n$ true\n```\n")
    assert shown == "text\n\n*Not run by the tests as it stands: no network.*\n\n```console\n$ true\n```\n"
