"""Looks for what a site would load from elsewhere: ``python tools/check_site.py FOLDER``. It must work offline."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# Attributes by which a browser loads something without being asked; an <a href> is none.
LOADS = {"src", "srcset", "data", "poster", "action", "background"}
LINKS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
ELSEWHERE = re.compile(r"^\s*(?:https?:)?//")
IN_CSS = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


class Page(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loads = {name: value or "" for name, value in given.items() if name in LOADS}
        if tag == "link" and LINKS & set((given.get("rel") or "").split()):
            loads["href"] = given.get("href") or ""
        self.found += [f"<{tag} {name}={value!r}>" for name, value in loads.items() if ELSEWHERE.match(value)]
        self.found += IN_CSS.findall(given.get("style") or "")
        if tag in ("pre", "div") and "mermaid" in (given.get("class") or "").split():
            self.found.append("a diagram, whose program the theme fetches from unpkg.com")


def foreign(folder: Path) -> Iterator[str]:
    """Each resource of another server, with the file that names it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".html":
            page = Page()
            page.feed(path.read_text("utf-8"))
            yield from (f"{path.relative_to(folder)}: {each}" for each in page.found)
        elif path.suffix == ".css":
            yield from (f"{path.relative_to(folder)}: {each}" for each in IN_CSS.findall(path.read_text("utf-8")))


if __name__ == "__main__":
    where = Path(sys.argv[1])
    sys.exit("\n".join(foreign(where)) or (0 if any(where.rglob("*.html")) else f"no pages in {where}"))
