"""Where a shim is meant to differ from the old stack in a compared scenario. Keep this tiny.

Each entry names a place in the record and what is acceptable there instead of the old stack's answer, and says why
that is wanted. A required entry whose place agrees with the old stack again fails: it is to be removed.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .stacks import LAYERS


@dataclass(frozen=True)
class Difference:
    scenario: str
    where: tuple[str | int, ...]
    accepts: Callable[[Any, Any], bool]
    """Given the old stack's value and the shim's."""
    why: str
    layers: tuple[str, ...] = LAYERS
    required: bool = True
    """Whether agreeing with the old stack is a fault."""


def says_more(old: str, shim: str) -> bool:
    return shim.startswith(old) and len(shim) > len(old)


def has_drop_warnings(old: list[Any], shim: list[Any]) -> bool:
    """Only warnings were added, at least one, and they speak of the group."""
    added = [each for each in shim if each["event"] == "log"]
    return bool(added) and [each for each in shim if each not in added] == old and all(
        each["data"]["level"] == "WARNING" and "group" in each["data"]["message"] for each in added
    )


def without_twisted(old: list[str], shim: list[str]) -> bool:
    return [each for each in old if each != "twisted"] == shim


def other_words(old: list[Any], shim: list[Any]) -> bool:
    """The same errors, described in another way."""
    def kinds(observed: list[Any]) -> list[Any]:
        observed = copy.deepcopy(observed)
        for each in observed:
            if each["event"] == "log":
                each["data"]["error"] = each["data"]["error"].partition(":")[0]
        return observed

    return kinds(old) == kinds(shim)


def moved_session(word: str) -> Callable[[Any, Any], bool]:
    return lambda old, shim: old == {} and shim == {"word": word}


KNOWN = [
    Difference(
        "calls_constructors", ("notes", "calls", ("call", "Channel('a', 'nolayer')"), "says"), says_more,
        "issue 2: wrong settings get the old exception with what to do next",
    ),
    Difference(
        "calls_full_group", ("observed",), has_drop_warnings,
        "issue 2: group sends drop silently for the sender, but they are counted and logged",
    ),
    Difference(
        "calls_layer_defaults", ("notes", "calls", "extensions"), without_twisted,
        "asgi_redis's `twisted` extension is for interface servers: there is none to use it",
        layers=("redis",),
    ),
    Difference(
        "binding_wrong_data", ("observed",), other_words, "the words are Django's, which change with its versions",
        required=False,
    ),
    Difference(
        "session_engine_of_signed_cookies", ("observed", ("event", "refused"), "data", "error"), says_more,
        "issue 2: wrong settings get the old exception with what to do next",
    ),
    *(
        Difference(
            "session_moved", ("observed", place, "data", "seen", "channel_session", "items"), moved_session(word),
            "a consumer that moves its channel_session to another key does not lose what is in it",
        )
        for place, word in ((5, "x"), (9, "y"))
    ),
]


# -- what a server does not tell -----------------------------------------------------------------------------


def without_close_codes(record: dict[str, Any]) -> None:
    """Frames still show that a socket was closed, disconnects that they came."""
    for frames in record["clients"].values():
        for frame in frames:
            if "closed" in frame:
                frame["closed"] = "<code>"
    for each in record["observed"]:
        for data in (each["data"], each["data"].get("content")):
            if each["event"] == "disconnect" and isinstance(data, dict) and "code" in data:
                data["code"] = "<code>"


def without_normal_close_code(record: dict[str, Any]) -> None:
    """1000 and no code at all look the same."""
    for frames in record["clients"].values():
        for frame in frames:
            if frame.get("closed") in (1000, 1005):
                frame["closed"] = "<1000 or none>"


def without_normal_codes(record: dict[str, Any]) -> None:
    """Rewritten as native consumers (tests/rewriter), those of 0.17 close with 1000 instead of no code, and hear so."""
    without_normal_close_code(record)
    for each in record["observed"]:
        if each["event"] == "disconnect" and each["data"].get("code", 0) in (1000, None):
            each["data"]["code"] = "<1000 or none>"


def without_words_of_logs(record: dict[str, Any]) -> None:
    """That something was logged, and how bad it was, still shows."""
    for each in record["observed"]:
        if each["event"] == "log":
            each["data"] = {"level": each["data"]["level"]}


# What is logged by consumers that have been rewritten as native ones, not by a framework: in words of their own.
LOGGING_NATIVES = ("streams_of_functions_with_errors",)


@dataclass(frozen=True)
class ServerLimit:
    """Something that a web server keeps from its application, so that no shim could do better."""

    server: str
    hide: Callable[[dict[str, Any]], None]
    why: str
    scenarios: tuple[str, ...] = ()
    """All, if empty."""


LIMITS = [
    ServerLimit(
        "hypercorn", without_close_codes,
        "its websocket.disconnect says 1006 whatever code the client gave, and it never closes without a code",
    ),
    ServerLimit(
        "uvicorn", without_normal_close_code,
        "with the older protocol of the websockets package, its choice for long, no close can be without a code",
    ),
    ServerLimit(
        "uvicorn", without_close_codes,
        "its websocket.disconnect says 1007, the code it answers invalid utf-8 with, where daphne says 1006",
        scenarios=("disconnect_after_invalid_utf8",),
    ),
]


def hide_limits(scenario: str, server: str, record: dict[str, Any]) -> dict[str, Any]:
    """A copy of record without what the server cannot tell."""
    record = copy.deepcopy(record)
    if "CONFORMANCE_NATIVE" in os.environ:
        without_normal_codes(record)
        if scenario in LOGGING_NATIVES:
            without_words_of_logs(record)
    for limit in LIMITS:
        if limit.server == server and (not limit.scenarios or scenario in limit.scenarios):
            limit.hide(record)
    return record


def _find(record: Any, where: tuple[Any, ...]) -> tuple[Any, Any]:
    """The container of a place and its key; a pair (key, value) picks the list item that has it."""
    container, key = None, None
    for step in where:
        if container is not None:
            record = container[key]
        container = record
        key = step
        if isinstance(step, tuple):
            key = next(index for index, item in enumerate(record) if item.get(step[0]) == step[1])
    return container, key


def expected_on_shim(
    scenario: str, layer: str, old: dict[str, Any], shim: dict[str, Any],
) -> dict[str, Any]:
    """The old stack's record with the wanted differences put in, if the shim's record has them."""
    record = copy.deepcopy(old)
    for difference in KNOWN:
        if difference.scenario != scenario or layer not in difference.layers:
            continue
        holder, key = _find(record, difference.where)
        try:
            shim_holder, shim_key = _find(shim, difference.where)
            value = shim_holder[shim_key]
        except (LookupError, StopIteration, TypeError):
            continue
        if value == holder[key]:
            assert not difference.required, f"no longer different, remove it from KNOWN: {difference}"
        elif difference.accepts(holder[key], value):
            holder[key] = value
    return record
