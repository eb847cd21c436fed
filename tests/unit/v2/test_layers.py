"""The synchronous layer: from threads, loops and other processes, in memory and on a network."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from support.network import NetworkLayer, Store
from support.sockets import LAYERS, another_process
from support.waiting import DEADLINE, in_executor, in_thread, run

from compat.v2 import layers, wire
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer

on_every_layer = pytest.mark.parametrize("kind", sorted(LAYERS))


# Stands for a client's reply channel where nothing is sent to it.
NEVER_ASKED: Any = object()


def make(kind: str, **options: Any) -> SynchronousLayer:
    return SynchronousLayer(LAYERS[kind](**options))


# --- from anywhere ---


@on_every_layer
def test_from_plain_code_without_any_loop(kind: str) -> None:
    layer = make(kind)
    layer.send("a", {"n": 1})
    layer.group_add("g", "a")
    layer.send_group("g", {"n": 2})
    assert [layer.receive(["a"]) for _ in range(3)] == [("a", {"n": 1}), ("a", {"n": 2}), (None, None)]


@on_every_layer
def test_from_a_thread(kind: str) -> None:
    layer = make(kind)
    in_thread(layer.send, "a", {"n": 1})()
    assert layer.receive(["a"]) == ("a", {"n": 1})


@on_every_layer
def test_from_inside_a_loop_that_owns_nothing(kind: str) -> None:
    layer = make(kind)

    async def view() -> Any:
        layer.send("a", {"n": 1})
        return layer.receive(["a"])

    assert run(view()) == ("a", {"n": 1})


@on_every_layer
def test_from_inside_the_owner_s_loop(kind: str) -> None:
    layer = make(kind)

    async def main() -> Any:
        layer.bridge.bind(asyncio.get_running_loop())
        for n in range(5):
            layer.send("a", {"n": n})
        return [wire.decode(await layer.receive_event("a"))["n"] for _ in range(5)]

    assert run(main()) == list(range(5))


def test_from_another_process() -> None:
    store = Store()
    here, there = another_process(store), another_process(store)
    here.group_add("g", "a")
    there.send_group("g", {"n": (1, 2), 3: b"x"})
    assert here.receive(["a"]) == ("a", {"n": [1, 2], 3: b"x"})


# --- receiving ---


@on_every_layer
def test_receiving_looks_at_several_channels(kind: str) -> None:
    layer = make(kind)
    layer.send("b", {"n": 1})
    assert layer.receive(["a", "b", "c"]) == ("b", {"n": 1})
    assert layer.receive_many(["a", "b", "c"]) == (None, None)
    assert layer.receive([]) == (None, None)


@on_every_layer
def test_receiving_can_wait(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", DEADLINE)
    layer = make(kind)
    received = in_thread(lambda: layer.receive(["a", "b"], block=True))
    layer.send("b", {"n": 1})
    assert received() == ("b", {"n": 1})


@on_every_layer
def test_receiving_does_not_wait_for_ever(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", 0.01)
    assert make(kind).receive(["a"], block=True) == (None, None)


@on_every_layer
def test_a_name_that_today_s_layers_refuse_is_received_under_its_own(kind: str) -> None:
    layer = make(kind)
    for name in ("a?b", "x" * 100):
        layer.send(name, {"n": 1})
        assert layer.receive([name]) == (name, {"n": 1})


@on_every_layer
def test_bad_names_are_not_received_from(kind: str) -> None:
    with pytest.raises(AssertionError, match="One or more channel names invalid"):
        make(kind).receive(["a", "b c"])


def test_on_a_network_several_at_once_are_not_lost() -> None:
    layer = make("network")
    for name in "abc":
        layer.send(name, {"n": name})
    assert sorted(layer.receive(["a", "b", "c"])[0] or "" for _ in range(3)) == ["a", "b", "c"]


def test_inside_the_owner_s_loop_a_network_cannot_be_waited_for() -> None:
    layer = make("network")

    async def main() -> None:
        layer.bridge.bind(asyncio.get_running_loop())
        layer.receive(["a"])

    with pytest.raises(RuntimeError, match="cannot wait for its answer"):
        run(main())


def test_an_event_is_decoded_on_neither_side_twice() -> None:
    layer = make("network")
    layer.send("a", {"type": "websocket.send", "text": "x"})
    layer.send("a", {"text": "x"})
    assert layer.receive(["a"])[1] == {"type": "websocket.send", "text": "x"}
    assert layer.receive(["a"])[1] == {"text": "x"}


# --- new channels, groups ---


@on_every_layer
@pytest.mark.parametrize("pattern", ["mine!", "mine?", "a.b!"])
def test_a_new_channel_can_be_sent_to_and_received_from(kind: str, pattern: str) -> None:
    layer = make(kind)
    names = {layer.new_channel(pattern) for _ in range(20)}
    assert len(names) == 20
    for name in names:
        assert name.startswith(pattern)
        layer.send(name, {"n": name})
        assert layer.receive([name]) == (name, {"n": name})


@on_every_layer
@pytest.mark.parametrize("pattern", ["mine", "mine!x", "", b"mine!"])
def test_a_pattern_ends_with_a_mark(kind: str, pattern: Any) -> None:
    with pytest.raises(AssertionError, match="^New channel pattern"):
        make(kind).new_channel(pattern)


def test_the_members_of_a_group() -> None:
    layer = make("memory")
    for name in ("b", "a", "c"):
        layer.group_add("g", name)
    layer.group_discard("g", "a")
    assert layer.group_channels("g") == ["b", "c"]
    assert layer.group_channels("h") == []
    with pytest.raises(NotImplementedError, match="cannot list the members of a group"):
        make("network").group_channels("g")


@on_every_layer
def test_flushing_forgets_everything(kind: str) -> None:
    layer = make(kind)
    layer.send("a", {})
    layer.group_add("g", "b")
    layer.flush()
    layer.send_group("g", {})
    assert layer.receive(["a", "b"]) == (None, None)


@on_every_layer
def test_the_owner_of_a_reply_channel_knows_its_groups(kind: str) -> None:
    layer = make(kind)
    assert layer.joined("reply", "g") is False
    layer.opened("reply", NEVER_ASKED)
    assert layer.joined("reply", "g")
    assert layer.joined("reply", "g")
    assert layer.joined("reply", "h")
    assert sorted(layer.closed("reply")) == ["g", "h"]
    assert layer.closed("reply") == []


def test_on_a_network_a_group_that_was_left_is_not_left_again() -> None:
    layer = make("network")
    layer.opened("specific.x!y", NEVER_ASKED)
    layer.group_add("g", "specific.x!y")
    layer.group_add("h", "specific.x!y")
    layer.group_discard("g", "specific.x!y")
    assert layer.closed("specific.x!y") == ["h"]


def test_a_reply_channel_of_another_process_has_its_owner_told() -> None:
    layer = make("network")
    layer.group_add("g", "specific.other!y")
    layer.group_add("g", "plain")
    ((channel, queue),) = layer.native.store.queues.items()
    assert channel == "specific.other!y"
    assert [event["type"] for event in queue] == [wire.GROUP_ADDED]
    assert queue[0]["group"] == "g"


def test_an_owner_that_cannot_be_told_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "django.channels")
    layer = SynchronousLayer(NetworkLayer(capacity=0))
    layer.group_add("g", "specific.other!y")
    assert layer.native.store.groups == {"g": {"specific.other!y"}}
    assert "Could not tell the owner of specific.other!y that it joined g" in caplog.text


# --- full channels ---


@on_every_layer
def test_a_full_channel_is_the_sender_s_error(kind: str) -> None:
    layer = make(kind, capacity=2)
    layer.send("a", {})
    layer.send("a", {})
    with pytest.raises(layer.ChannelFull):
        layer.send("a", {})
    assert layer.ChannelFull is ChannelFull


def test_what_groups_miss_is_counted_and_logged_ever_less_often(caplog: pytest.LogCaptureFixture) -> None:
    layer = make("memory", capacity=1)
    layer.group_add("g", "a")
    for _ in range(150):
        layer.send_group("g", {})
    assert layer.dropped == 149
    logged = [each.getMessage() for each in caplog.records]
    assert logged == [
        f"1 members of group g had no room for a message and missed it ({n} so far in all)." for n in (1, 10, 100)
    ]


# --- what it is ---


@on_every_layer
def test_what_it_does_not_know_it_asks_the_layer_below(kind: str) -> None:
    layer = make(kind, capacity=7)
    assert (layer.capacity, layer.expiry) == (7, 60)
    with pytest.raises(AttributeError, match="no_such_thing"):
        layer.no_such_thing  # noqa: B018
    assert list(layer.extensions) == ["groups", "flush"]


def test_whether_it_is_of_this_process_alone() -> None:
    assert make("memory").local
    assert not make("network").local


def test_its_text_is_its_class() -> None:
    assert str(make("memory")) == "compat.v2.memory.InMemoryChannelLayer"
    assert str(make("network")) == "support.network.NetworkLayer"


def test_without_a_routing_there_is_nothing_to_serve() -> None:
    with pytest.raises(RuntimeError, match="has no routing, so there is nothing to serve"):
        make("memory").application  # noqa: B018


def test_it_is_an_application() -> None:
    called: list[Any] = []

    async def application(*given: Any) -> None:
        called.append(given)

    made: list[bool] = []
    layer = SynchronousLayer(InMemoryChannelLayer(), lambda: made.append(True) or application)
    run(layer({"type": "x"}, 1, 2))
    run(layer({"type": "x"}, 3, 4))
    assert called == [({"type": "x"}, 1, 2), ({"type": "x"}, 3, 4)]
    assert made == [True]


@on_every_layer
@pytest.mark.parametrize("message", [None, "text", [("a", 1)]])
def test_only_dicts_are_sent(kind: str, message: Any) -> None:
    layer = make(kind)
    with pytest.raises(AssertionError, match="Message is not a dict"):
        layer.send("a", message)
    with pytest.raises(AssertionError, match="Message is not a dict"):
        layer.send_group("a", message)


@on_every_layer
def test_native_code_hears_legacy_code_and_the_other_way_round(kind: str) -> None:
    async def main() -> Any:
        layer = make(kind)
        layer.bridge.bind(asyncio.get_running_loop())
        native = layer.native
        await native.group_add("g", "native.channel")
        await in_executor(layer.group_add, "g", "legacy.channel")
        await in_executor(layer.send_group, "g", {"text": "of legacy code"})
        await native.group_send("g", {"type": "websocket.send", "text": "of native code"})
        events = [await native.receive("native.channel") for _ in range(2)]
        contents = [await in_executor(layer.receive, ["legacy.channel"]) for _ in range(2)]
        return [(event["type"], event["text"]) for event in events], [content for _, content in contents]

    events, contents = run(main())
    assert events == [("websocket.send", "of legacy code"), ("websocket.send", "of native code")]
    assert contents == [{"text": "of legacy code"}, {"text": "of native code"}]


@pytest.mark.parametrize(
    "line",
    ["%s of %s channels over capacity in group %s", "{} of {} channels over capacity in group {}"],
)
def test_what_channels_redis_says_of_full_members_is_counted(line: str, caplog: pytest.LogCaptureFixture) -> None:
    class Full(NetworkLayer):
        async def group_send(self, group: str, message: Any) -> None:
            logger = logging.getLogger("channels_redis.core")
            if "{" in line:  # as channels_redis 2 puts it
                logger.info(line.format(3, 5, group))
            else:
                logger.info(line, 3, 5, group)
            logger.info("something else")

    layer = SynchronousLayer(Full())
    layer.send_group("g", {})
    layer.send_group("g", {})
    assert layer.dropped == 6
    assert caplog.messages == ["3 members of group g had no room for a message and missed it (3 so far in all)."]
