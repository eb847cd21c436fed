"""The layer API of 0.17 in full, in memory and on a network."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from support.network import NetworkLayer, Store
from support.waiting import in_executor, in_thread, run

from compat.v2 import layers
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer


@pytest.fixture(params=["memory", "network"])
def layer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    # Tests that wait for nothing need not wait long.
    monkeypatch.setattr(layers, "BLOCK", 0.05)
    return SynchronousLayer(InMemoryChannelLayer(capacity=3) if request.param == "memory" else NetworkLayer(capacity=3))


@pytest.fixture
def patient(layer: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(layers, "BLOCK", 10)
    return layer


def take_all(layer: Any, *channels: str) -> list[tuple[str, Any]]:
    found = []
    while True:
        name, content = layer.receive_many(channels)
        if name is None:
            assert content is None
            return found
        found.append((name, content))


def test_receive(layer: Any) -> None:
    layer.send("a", {"n": 1})
    layer.send("b", {"n": 2})
    layer.send("a", {"n": 3})
    found = take_all(layer, "a", "b", "c")
    assert [content["n"] for name, content in found if name == "a"] == [1, 3]
    assert ("b", {"n": 2}) in found


@pytest.mark.parametrize("content", [{}, {"type": "x"}, {"type": "websocket.send"}, {"t": (1, b"x")}, {5: None}])
def test_contents_come_back(layer: Any, content: Any) -> None:
    layer.send("a", content)
    _, found = layer.receive_many(["a"])
    assert found == (content if layer.local else {k: list(v) if type(v) is tuple else v for k, v in content.items()})


@pytest.mark.parametrize("channels", [[], ["a"], ("a", "b"), {"a"}])
@pytest.mark.parametrize("block", [False, True])
def test_nothing_to_receive(layer: Any, channels: Any, block: bool) -> None:
    assert layer.receive(channels, block=block) == (None, None)


def test_a_busy_channel_starves_no_other() -> None:
    layer = SynchronousLayer(InMemoryChannelLayer(capacity=1000))
    layer.send("quiet", {})
    for _ in range(1000):
        layer.send("busy", {})
    seen = next(n for n in range(1000) if layer.receive_many(["busy", "quiet"])[0] == "quiet")
    assert seen < 100


def test_waiting_for_a_message(patient: Any) -> None:
    wait = in_thread(patient.receive_many, ["a", "b"], True)
    patient.send("b", {"n": 1})
    assert wait() == ("b", {"n": 1})


def test_several_threads_wait(patient: Any) -> None:
    waits = [in_thread(patient.receive_many, ["a"], True) for _ in range(3)]
    for number in range(3):
        patient.send("a", {"n": number})
    assert sorted(wait()[1]["n"] for wait in waits) == [0, 1, 2]


@pytest.mark.parametrize("name", ["a b", "", "é", "x" * 101, "a!b!c"])
def test_names_are_checked(layer: Any, name: str) -> None:
    with pytest.raises(AssertionError, match="One or more channel names invalid"):
        layer.receive_many(["fine", name])


@pytest.mark.parametrize("pattern", ["http.response!", "http.response?"])
def test_new_channel(layer: Any, pattern: str) -> None:
    first, second = layer.new_channel(pattern), layer.new_channel(pattern)
    assert first != second
    assert first.startswith(pattern)
    layer.send(first, {"n": 1})
    layer.send(second, {"n": 2})
    assert layer.receive_many([second]) == (second, {"n": 2})
    assert layer.receive_many([first]) == (first, {"n": 1})


@pytest.mark.parametrize("pattern", ["", "plain", "a!b", b"bytes!", None])
def test_new_channel_of_what_is_no_pattern(layer: Any, pattern: Any) -> None:
    with pytest.raises(AssertionError, match="New channel pattern"):
        layer.new_channel(pattern)


def test_new_channels_are_reached_from_another_process() -> None:
    store = Store()
    ours, theirs = SynchronousLayer(NetworkLayer(store)), SynchronousLayer(NetworkLayer(store))
    name = ours.new_channel("answer!")
    theirs.send(name, {"n": 1})
    assert ours.receive_many([name]) == (name, {"n": 1})


def test_group_channels() -> None:
    layer = SynchronousLayer(InMemoryChannelLayer(group_expiry=100))
    assert layer.group_channels("g") == []
    for name in ("b", "a", "c"):
        layer.group_add("g", name)
    layer.group_discard("g", "a")
    assert layer.group_channels("g") == ["b", "c"]


def test_members_that_have_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = SynchronousLayer(InMemoryChannelLayer(group_expiry=100))
    layer.group_add("g", "old")
    later = time.time() + 99
    monkeypatch.setattr(time, "time", lambda: later)
    layer.group_add("g", "new")
    later += 2
    assert layer.group_channels("g") == ["new"]


def test_a_layer_that_cannot_list_its_groups() -> None:
    with pytest.raises(NotImplementedError, match="NetworkLayer cannot list the members of a group"):
        SynchronousLayer(NetworkLayer()).group_channels("g")


def test_flush(layer: Any) -> None:
    layer.send("a", {})
    layer.group_add("g", "a")
    layer.flush()
    layer.send_group("g", {})
    assert layer.receive_many(["a"]) == (None, None)


def test_capacity(layer: Any) -> None:
    for _ in range(3):
        layer.send("a", {})
    with pytest.raises(layer.ChannelFull):
        layer.send("a", {})
    layer.send("b", {})
    layer.receive_many(["a"])
    layer.send("a", {})
    assert (layer.capacity, layer.get_capacity("a")) == (3, 3)


def test_capacity_of_a_channel() -> None:
    layer = SynchronousLayer(InMemoryChannelLayer(channel_capacity={"wide.*": 5, "narrow": 1}))
    assert [layer.get_capacity(name) for name in ("wide.a", "narrow", "other")] == [5, 1, 100]
    layer.send("narrow", {})
    with pytest.raises(layer.ChannelFull):
        layer.send("narrow", {})


def test_extensions(layer: Any) -> None:
    assert layer.extensions == ["groups", "flush"]


def test_expired_messages_are_not_received(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = SynchronousLayer(InMemoryChannelLayer(expiry=60))
    layer.send("a", {"n": 1})
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    layer.send("a", {"n": 2})
    assert take_all(layer, "a") == [("a", {"n": 2})]


# --- inside an event loop ------------------------------------------------------------------------


def test_inside_an_event_loop(layer: Any) -> None:
    async def main() -> Any:
        layer.send("a", {"n": 1})
        return layer.receive_many(["a"])

    assert run(main()) == ("a", {"n": 1})


def test_inside_the_event_loop_that_owns_a_network_layer() -> None:
    layer = SynchronousLayer(NetworkLayer())

    async def main() -> Any:
        layer.bridge.bind(asyncio.get_running_loop())
        with pytest.raises(RuntimeError, match="cannot wait for its answer"):
            layer.receive_many(["a"])
        await in_executor(layer.send, "a", {"n": 1})
        return await in_executor(layer.receive_many, ["a"])

    assert run(main()) == ("a", {"n": 1})


def test_sync_and_async_receivers_share_a_channel() -> None:
    native = InMemoryChannelLayer()
    layer = SynchronousLayer(native)

    async def main() -> Any:
        asynchronous = asyncio.ensure_future(native.receive("a"))
        await asyncio.sleep(0)
        layer.send("a", {"n": 1})
        taken = layer.receive_many(["a"])  # before the coroutine gets its turn
        layer.send("a", {"n": 2})
        return taken, (await asynchronous)["n"]

    assert run(main()) == (("a", {"n": 1}), 2)


def test_errors_of_a_network_layer_come_through() -> None:
    native = NetworkLayer()
    native.failures.append(ConnectionError("down"))
    with pytest.raises(ConnectionError, match="down"):
        SynchronousLayer(native).receive_many(["a"])
