"""Process lines that change when the last consumer is native."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import NATIVE, LineLeft, Options

CODE, STAGE = "NA202", NATIVE
ABOUT = "Lines that start daphne with channel_layer, or runworker, are named."

_FILE = re.compile(r"(^|/)(Procfile[\w.-]*|Dockerfile|docker-compose[\w.-]*\.ya?ml|[\w.-]+\.(sh|service|conf))$")
_ANCHOR = "rewriter.md#deployment"


def files(path: str) -> bool:
    return bool(_FILE.search(path))


def lines(text: list[str], options: Options) -> Iterator[LineLeft]:
    if options.to != NATIVE:
        return
    for number, line in enumerate(text):
        if line.lstrip().startswith("#"):
            continue
        if re.search(r"\bdaphne\b.*:channel_layer\b", line):
            yield LineLeft(number, "when nothing is on the shim any more, serve :application instead", _ANCHOR)
        elif re.search(r"\brunworker\b", line):
            why = "native WebSocket consumers run in the server: runworker is for custom channels, named one by one"
            yield LineLeft(number, why, _ANCHOR)
