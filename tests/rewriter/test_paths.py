"""Path filters of 0.17 as patterns of URLRouter."""

from __future__ import annotations

import re

import pytest

from compat.rewriter.native import paths


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"^/chat/$", r"^chat/$"),
        (r"/chat", r"^chat"),
        (r"^/(?P<room>\w+)/$", r"^(?P<room>\w+)/$"),
        (r"^/$", r"^$"),
        (r"^/?chat", r"^chat"),
        (None, r""),
        (r"^/a(?:b|c)$", r"^a(?:b|c)$"),
        # not certain
        (r"^chat/$", None),
        (r"", None),
        (r".*chat$", None),
        (r"^/a$|^/b$", None),
        (r"(?i)^/chat", None),
        (r"^/+chat", None),
        (r"^/(", None),
    ],
)
def test_native_pattern(old: str | None, new: str | None) -> None:
    assert paths.native(old) == new


PATHS = ["/", "/a", "/a/", "/ab", "/a/b", "/b", "/chat/x", "/chat/x/y", "/chat", "/CHAT", "/x\n", "/numbers/12"]
PATTERNS = [
    r"^/$", r"^/a$", r"^/a", r"/a/b", r"^/chat/(?P<room>\w+)$", r"^/chat/(?P<room>\w+)/(?P<name>\w+)$", r"^/chat",
    r"^/(?P<any>.*)$", r"^/ab?$", r"^/a*", r"^/numbers/\d+$", r"^/a$|^/b$", r"^/x", r"^/a\.b$", r"^/[ab]", r"^/a{2}",
]  # fmt: skip


@pytest.mark.parametrize("old", PATTERNS)
def test_the_native_pattern_takes_the_same_paths(old: str) -> None:
    new = paths.native(old)
    if new is None:
        return
    for path in PATHS:
        before, after = re.match(old, path), re.search(new, path.lstrip("/"))
        assert bool(before) is bool(after), path
        if before and after:
            assert before.groupdict() == after.groupdict()


def test_patterns_that_share_a_path_are_seen() -> None:
    """No pair that shares one of PATHS may be called apart."""
    for one in PATTERNS:
        for other in PATTERNS:
            if any(re.match(one, path) and re.match(other, path) for path in PATHS):
                assert paths.may_share_a_path(one, other), (one, other)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (r"^/a$", r"^/b$", False),
        (r"^/chat/", r"^/game/", False),
        (r"^/chat$", r"^/chat/(?P<room>\w+)$", False),
        (r"^/chat", r"^/chat/x$", True),
        (None, r"^/chat", True),
        (r"^/(?P<any>\w+)", r"^/chat", True),
    ],
)
def test_sharing_a_path(one: str | None, other: str | None, shared: bool) -> None:
    assert paths.may_share_a_path(one, other) is shared
    assert paths.may_share_a_path(other, one) is shared


@pytest.mark.parametrize(
    ("prefix", "regex", "whole"),
    [
        (r"^/very", r"^/deep$", r"^/very/deep$"),
        (r"/very", r"/deep", r"^/very/deep"),
        (r"^/very", None, r"^/very"),
        (r"^/(?P<number>\d+)", r"^/x", None),
        (r"^/very$", r"^/x", None),
        (r"^/very", r"^/a|^/b", None),
    ],
)
def test_include_and_route_as_one_pattern(prefix: str, regex: str | None, whole: str | None) -> None:
    assert paths.joined(prefix, regex) == whole


@pytest.mark.parametrize(
    ("regex", "has"),
    [(r"a|b", True), (r"^/a|^/b", True), (r"(a|b)", False), (r"[a|b]", False), (r"\|", False), (r"(?:a)|b", True)]
    + [(r"[]|]", False), (r"[\]|]", False), (r"[^]|]x", False), (r"\(a|b", True)],
)
def test_alternatives_at_the_top_level_are_seen(regex: str, has: bool) -> None:
    assert paths.has_alternatives(regex) is has


def test_optional_groups_are_known() -> None:
    assert paths.names(r"^/(?P<a>\w+)(?:/(?P<b>\w+))?$") == ({"a", "b"}, {"b"})
    assert paths.names(r"^/(?P<a>x|y)/(?P<b>\d+)") == ({"a", "b"}, set())
    assert paths.names(r"^/(?:(?P<a>x)|y)") == ({"a"}, {"a"})
