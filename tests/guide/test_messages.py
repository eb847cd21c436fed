"""What compat says when something goes wrong can be looked up, word for word, in errors.md."""

from __future__ import annotations

import re

import pytest

from .messages import ANY, Message, collected, found_in
from .pages import GUIDE

PAGE = (GUIDE / "errors.md").read_text("utf-8")
SECTIONS = {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1] for part in re.split(r"^## ", PAGE, flags=re.M)[1:]}
LISTED = re.compile(r"^- (`+) ?(.+?) ?\1$", re.M)

# Python's own words; the old name that is missed is what to search for.
PYTHONS = re.compile(r"^module \S+ has no attribute …$")
# These say what to do in the next line.
SELF_EXPLAINING = ("compat/doctor.py", "compat/old_stack.py", "compat/guide.py")


def wanted() -> list[Message]:
    return [
        message
        for message in collected()
        if message.anchor
        or message.is_said
        and not PYTHONS.match(message.text)
        and not message.place.startswith(SELF_EXPLAINING)
    ]


def texts(part: str) -> set[str]:
    return {found[1] for found in LISTED.findall(part)}


@pytest.mark.parametrize("message", wanted(), ids=lambda message: message.place)
def test_a_message_stands_on_the_page(message: Message) -> None:
    part = SECTIONS[message.anchor] if message.anchor else PAGE
    where = f"under {message.anchor}" if message.anchor else "in a section"
    assert message.text in texts(part), f"add to errors.md, {where}: - `{message.text}`"


def test_the_page_has_no_message_that_nobody_says() -> None:
    said = {message.text for message in collected()}
    assert sorted(texts(PAGE) - said) == []


@pytest.mark.parametrize("anchor", sorted(SECTIONS))
def test_a_section_is_about_messages(anchor: str) -> None:
    assert texts(SECTIONS[anchor])


@pytest.mark.parametrize(
    ("source", "text", "anchor"),
    [
        ("raise ValueError(f'No room {name!r} here. {see(\"rooms\")}')", "No room … here", "rooms"),
        ("raise Wrong('No room ' + name + f' here at all. {see(\"rooms\")}')", "No room … here at all", "rooms"),
        ("logger.error('No room %s here: %s. %s', name, error, see('rooms'))", "No room … here: …", "rooms"),
        ("Finding(f'No room here. {see(\"rooms\")}', 'what helps against that')", "No room here", "rooms"),
        ("checks.Error('No such room.', hint=f'Write it so. {see(\"rooms\")}')", "No such room", "rooms"),
        ("def f():\n    'What it does.'\n    return 'No such room'", "No such room", ""),
        ("warnings.warn('%d of %r are full' % (1, x))", "… of … are full", ""),
    ],
)
def test_what_is_said_is_found_in_the_source(source: str, text: str, anchor: str) -> None:
    (message,) = found_in(source, "a.py")
    assert (message.text, message.anchor) == (text, anchor)


def test_all_kinds_are_found() -> None:
    assert {message.place.partition(":")[0] for message in wanted() if message.anchor} >= {
        "compat/checks.py", "compat/v0/routing.py", "compat/v2/websocket.py", "compat/otree/doctor.py",
    }  # fmt: skip
    assert not [message for message in wanted() if message.text.strip(f"{ANY} ") == ""]
