"""How a legacy message travels: names, events, values."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from channels.layers import BaseChannelLayer
from support.network import carried

from compat.v2 import wire
from compat.v2.wire import Event, decode, from_network, network_name, pack, to_network, unpack

# --- names ---


@pytest.mark.parametrize(
    "name",
    ["a", "a!b", "a?b", "a!é", "abc\n", "x" * 99, "x" * 100, "a" * 90 + "!" + "b" * 9, "a!compat.x"],
)
def test_every_good_name_has_one_that_today_s_layers_take(name: str) -> None:
    assert wire.is_channel_name(name)
    stands_for = network_name(name)
    layer = BaseChannelLayer()
    check = getattr(layer, "require_valid_channel_name", None) or layer.valid_channel_name
    try:
        assert check(name)
    except TypeError:
        assert check(stands_for)
        assert stands_for != name
    assert network_name(stands_for) == stands_for


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("mail.send", "specific.abc!def", "x" * 99):
        assert network_name(name) == name


def test_different_names_stay_different() -> None:
    names = ["x" * 100, "y" * 100, "a?b", "a?c", "b?a", "a!compat.x", "a!compat.y"]
    assert len({network_name(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", [b"a", ["a"], ("a",)])
def test_what_is_no_text_is_no_name(name: Any) -> None:
    assert not wire.is_channel_name(name)
    assert not wire.is_group_name(name)


# --- events ---

CONTENTS: list[dict[Any, Any]] = [
    {},
    {"text": "x"},
    {"type": "greeting"},
    {"type": "websocket.send"},
    {"type": "websocket.send", "text": "x"},
    {"type": None},
    {"type": 5},
    {1: 2},
    {b"type": b"x"},
]


@pytest.mark.parametrize("content", CONTENTS)
def test_an_event_is_what_native_code_expects_and_keeps_the_content(content: dict[Any, Any]) -> None:
    event = Event(content)
    assert isinstance(event, dict)
    assert event["type"] == content.get("type", "websocket.send")
    assert {**event, **content} == event
    assert decode(event) is content


@pytest.mark.parametrize("content", CONTENTS)
def test_a_content_comes_out_of_the_network_as_it_went_in(content: dict[Any, Any]) -> None:
    before = copy.deepcopy(content)
    assert from_network(carried(to_network(content))) == before
    assert content == before


@pytest.mark.parametrize(
    "event",
    [
        {"type": "greeting", "n": 1},
        {"type": "websocket.close", "code": 4000},
        {"n": 1},
        {"type": "x", "compat.items": 1},
    ],
)
def test_an_event_of_native_code_comes_out_as_it_is(event: dict[Any, Any]) -> None:
    assert decode(dict(event)) == event
    assert from_network(carried(event)) == event


def test_a_native_event_of_our_type_has_no_type_for_legacy_code() -> None:
    assert decode({"type": "websocket.send", "text": "x"}) == {"text": "x"}
    assert from_network({"type": "websocket.send", "text": "x"}) == {"text": "x"}


def test_a_copy_shares_the_content_and_a_deep_copy_does_not() -> None:
    content = {"list": [1]}
    event = Event(content)
    assert copy.copy(event) == event
    assert decode(copy.copy(event)) is content
    deep = copy.deepcopy(event)
    assert (type(deep), deep) == (Event, event)
    assert decode(deep) == content
    assert decode(deep)["list"] is not content["list"]


# --- values ---


def test_tuples_become_lists_and_everything_else_stays() -> None:
    value = {"t": (1, (2, [3])), "b": bytearray(b"x"), 5: {"deep": None}, "f": 1.5, "u": 2**64 - 1, "n": -(2**63)}
    assert unpack(carried(pack(value))) == {
        "t": [1, [2, [3]]],
        "b": b"x",
        5: {"deep": None},
        "f": 1.5,
        "u": 2**64 - 1,
        "n": -(2**63),
    }


@pytest.mark.parametrize(
    "value",
    [
        {"compat.items": [1, 2]},
        {"compat.items": [[1, 2]]},
        {"compat.items": None},
        {"deep": [{"compat.items": "x"}]},
        {"compat.typed": True},
        {"compat.typed": False, "type": "websocket.send"},
        {"type": wire.GROUP_ADDED, "group": "g"},
        {"type": "compat.ended"},
    ],
)
def test_a_content_may_have_keys_that_look_like_ours(value: dict[Any, Any]) -> None:
    before = copy.deepcopy(value)
    assert from_network(carried(to_network(value))) == before
    assert decode(Event(value)) is value


class Thing:
    def __repr__(self) -> str:
        return "Thing()"  # without an address: tests are named after it


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({1, 2}, TypeError),
        (frozenset(), TypeError),
        (Thing(), TypeError),
        (1j, TypeError),
        (range(3), TypeError),
        (len, TypeError),
        ({(1,): 2}, TypeError),
        ({frozenset(): 2}, TypeError),
        ({Thing(): 2}, TypeError),
        ([[[Thing()]]], TypeError),
        ({"deep": {"deeper": {1, 2}}}, TypeError),
        ({1: {2, 3}}, TypeError),
        (2**64, OverflowError),
        (-(2**63) - 1, OverflowError),
        ([2**70], OverflowError),
        ({2**70: 1}, OverflowError),
    ],
    ids=repr,
)
def test_what_cannot_be_carried_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        pack({"value": value})


def test_packing_changes_nothing_in_place() -> None:
    value: dict[Any, Any] = {"t": (1, 2), 3: [bytearray(b"x")]}
    before = copy.deepcopy(value)
    pack(value)
    assert value == before


hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
keys = st.text(max_size=10) | st.binary(max_size=10) | st.integers(-(2**63), 2**64 - 1) | st.booleans() | st.none()
# Names that mean something on the way, which a client may have made a consumer send.
marks = st.sampled_from(
    ["type", *(value for value in vars(wire).values() if isinstance(value, str) and "compat." in value)]
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(marks, inner, max_size=2)
    ),
    max_leaves=20,
)
contents = st.dictionaries(keys | marks, values | marks | st.just("websocket.send"), max_size=5)
names = st.text(st.sampled_from("abcXYZ019-_.!?é/ \n"), max_size=110)


def with_lists(value: Any) -> Any:
    """``value`` with lists for tuples."""
    if isinstance(value, (list, tuple)):
        return [with_lists(item) for item in value]
    if isinstance(value, dict):
        return {key: with_lists(item) for key, item in value.items()}
    return value


def types_of(value: Any) -> Any:
    """Equality alone takes 1 for True."""
    if isinstance(value, list):
        return [types_of(item) for item in value]
    if isinstance(value, dict):
        return [(type(key), types_of(item)) for key, item in value.items()]
    return type(value)


@given(contents)
@settings(deadline=None, max_examples=300)
def test_any_content_survives_the_network(content: dict[Any, Any]) -> None:
    expected = with_lists(content)
    received = from_network(carried(to_network(content)))
    assert received == expected
    assert sorted(map(repr, types_of(received))) == sorted(map(repr, types_of(expected)))


@given(contents)
@settings(deadline=None, max_examples=100)
def test_msgpack_itself_carries_what_is_packed(content: dict[Any, Any]) -> None:
    msgpack = pytest.importorskip("msgpack")
    through = msgpack.unpackb(msgpack.packb(to_network(content), use_bin_type=True), raw=False)
    assert from_network(through) == with_lists(content)


@given(contents)
@settings(deadline=None, max_examples=100)
def test_native_code_always_finds_a_type(content: dict[Any, Any]) -> None:
    event = carried(to_network(content))
    assert isinstance(event["type"], str)
    assert isinstance(Event(content), dict)
    if isinstance(content.get("text"), str) and set(content) <= {"text", "bytes", "close"}:
        assert event == {"type": "websocket.send", **with_lists(content)}


@given(names)
@settings(deadline=None, max_examples=300)
def test_a_name_that_0_17_took_can_be_sent_to(name: str) -> None:
    if not wire.is_channel_name(name):
        return
    layer = BaseChannelLayer()
    check = getattr(layer, "require_valid_channel_name", None) or layer.valid_channel_name
    assert check(network_name(name))
    assert len(network_name(name)) < 100


def test_not_a_number_survives_too() -> None:
    assert math.isnan(unpack(carried(pack({"n": math.nan})))["n"])
