"""The path filters of routes, as patterns of URLRouter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

try:
    from re import _parser as sre_parse  # type: ignore[attr-defined,unused-ignore]
except ImportError:  # before Python 3.11
    import sre_parse

_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def literal_start(regex: str) -> str:
    """What every match of ``regex`` (tried at the start, as by ``re.match``) begins with."""
    if has_alternatives(regex):
        return ""
    text = regex[1:] if regex.startswith("^") else regex
    found = ""
    for index, character in enumerate(text):
        following = text[index + 1] if index + 1 < len(text) else ""
        if character in _SPECIAL or following in ("?", "*", "{"):
            break
        found += character
    return found


def only_match(regex: str) -> str | None:
    """The one path that matches, if there is only one."""
    text = literal_start(regex)
    return text if regex in (f"^{text}$", f"{text}$") else None


def has_alternatives(regex: str) -> bool:
    """Whether there is a ``|`` outside of all groups. By the text, since the parser hides some: a|b is [ab] to it."""
    rest = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", regex, flags=re.S)
    depth = 0
    for character in rest:
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            return True
    return False


def names(regex: str) -> tuple[set[str], set[str]]:
    """The named groups of a pattern, and those of them that need not take part in a match."""
    pattern = sre_parse.parse(regex)
    by_number = {number: name for name, number in pattern.state.groupdict.items()}
    always = {by_number.get(number) for number in _always(pattern)}
    every = set(by_number.values())
    return every, every - always


def _always(items: Any) -> Iterator[int]:
    for kind, value in items:
        if kind is sre_parse.SUBPATTERN:
            if value[0] is not None:
                yield value[0]
            yield from _always(value[-1])
        elif kind in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT) and value[0] > 0:
            yield from _always(value[2])


def may_share_a_path(one: str | None, other: str | None) -> bool:
    """Whether some path could match both; None stands for a route without a path filter."""
    if one is None or other is None:
        return True
    for first, second in ((one, other), (other, one)):
        only = only_match(first)
        if only is not None:
            return re.match(second, only) is not None
    start, other_start = literal_start(one), literal_start(other)
    length = min(len(start), len(other_start))
    return start[:length] == other_start[:length]


def native(regex: str | None) -> str | None:
    """The pattern for ``re_path``, which sees the path without its leading slash; None if that is not certain."""
    if regex is None:
        return ""
    try:
        re.compile(regex)
    except re.error:
        return None
    if has_alternatives(regex) or regex.startswith("(?"):
        return None
    text = regex[1:] if regex.startswith("^") else regex
    if not text.startswith("/") or text[1:2] in ("*", "+", "{"):
        return None
    return "^" + text[1:].removeprefix("?") if text[1:2] == "?" else "^" + text[1:]


def joined(prefix: str, regex: str | None) -> str | None:
    """The pattern of a route inside an include; None if the two cannot be written as one for certain.

    Args:
        prefix: the include's, which is cut off before the route sees the path.
        regex: the route's.
    """
    plain = literal_start(prefix)
    if prefix not in (f"^{plain}", plain):
        return None
    if regex is None:
        return f"^{plain}"
    if has_alternatives(regex):
        return None
    return f"^{plain}{regex[1:] if regex.startswith('^') else regex}"
