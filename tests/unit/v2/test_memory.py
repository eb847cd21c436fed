"""The channel layer in memory: threads, event loops, expiry, capacity."""

from __future__ import annotations

import asyncio
import copy
import threading
from typing import Any, Iterator

import pytest
from channels.exceptions import ChannelFull
from support.waiting import DEADLINE, in_executor, in_thread, run, turns

from compat.v2 import memory
from compat.v2.memory import InMemoryChannelLayer


class Clock:
    """Stands in for the time module."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(memory, "time", clock)
    return clock


class LoopInThread:
    """An event loop of its own, as another native consumer might have."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._wait = in_thread(self.loop.run_forever)

    def start(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def settle(self) -> None:
        """Come back when everything that was ready has run."""
        self.start(turns()).result(DEADLINE)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._wait()
        self.loop.close()


@pytest.fixture
def loops() -> Iterator[list[LoopInThread]]:
    both = [LoopInThread(), LoopInThread()]
    yield both
    for each in both:
        if not each.loop.is_closed():
            each.end()


# --- putting and receiving ---


def test_messages_are_received_in_their_order() -> None:
    layer = InMemoryChannelLayer()
    for n in range(5):
        layer.put("a", {"n": n})

    async def main() -> list[int]:
        return [(await layer.receive("a"))["n"] for _ in range(5)]

    assert run(main()) == list(range(5))
    assert layer.channels == {}


def test_a_message_from_a_thread_wakes_a_waiting_coroutine() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> Any:
        waiting = asyncio.ensure_future(layer.receive("a"))
        await turns()
        assert not waiting.done()
        await in_executor(layer.put, "a", {"n": 1})
        return await waiting

    assert run(main()) == {"n": 1}


def test_messages_of_many_threads_all_arrive_once_and_in_the_order_of_each() -> None:
    layer = InMemoryChannelLayer(capacity=10_000)
    barrier = threading.Barrier(4)

    def send(sender: int) -> None:
        barrier.wait(DEADLINE)
        for n in range(200):
            layer.put("a", {"sender": sender, "n": n})

    async def main() -> list[Any]:
        senders = [in_executor(send, sender) for sender in range(4)]
        tasks = [asyncio.ensure_future(sender) for sender in senders]
        received = [await layer.receive("a") for _ in range(800)]
        await asyncio.gather(*tasks)
        return received

    received = run(main())
    for sender in range(4):
        assert [each["n"] for each in received if each["sender"] == sender] == list(range(200))
    assert layer.channels == {}


def test_each_message_goes_to_one_of_two_event_loops(loops: list[LoopInThread]) -> None:
    layer = InMemoryChannelLayer()
    waiting = [each.start(layer.receive("a")) for each in loops]
    for each in loops:
        each.settle()
    layer.put("a", {"n": 1})
    layer.put("a", {"n": 2})
    assert sorted(future.result(DEADLINE)["n"] for future in waiting) == [1, 2]


def test_who_waits_longest_is_woken_first(loops: list[LoopInThread]) -> None:
    layer = InMemoryChannelLayer()
    first = loops[0].start(layer.receive("a"))
    loops[0].settle()
    second = loops[1].start(layer.receive("a"))
    loops[1].settle()
    layer.put("a", {"n": 1})
    assert first.result(DEADLINE) == {"n": 1}
    assert not second.done()
    layer.put("a", {"n": 2})
    assert second.result(DEADLINE) == {"n": 2}


def test_a_cancelled_waiter_takes_no_message() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> Any:
        first, second = (asyncio.ensure_future(layer.receive("a")) for _ in range(2))
        await turns()
        first.cancel()
        await turns()
        layer.put("a", {"n": 1})
        assert await second == {"n": 1}
        return first.cancelled()

    assert run(main())


def test_a_waiter_that_is_cancelled_when_it_was_just_woken_hands_the_message_on() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> Any:
        first, second = (asyncio.ensure_future(layer.receive("a")) for _ in range(2))
        await turns()
        layer.put("a", {"n": 1})  # wakes the first, which has not run yet
        first.cancel()
        return await second, first.cancelled()

    assert run(main()) == ({"n": 1}, True)


def test_a_message_that_nobody_else_waits_for_is_kept_when_its_waiter_is_cancelled() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> Any:
        waiting = asyncio.ensure_future(layer.receive("a"))
        await turns()
        layer.put("a", {"n": 1})
        waiting.cancel()
        await turns()
        assert waiting.cancelled()
        return await layer.receive("a")

    assert run(main()) == {"n": 1}


def test_a_waiter_whose_loop_is_closed_does_not_keep_others_asleep(loops: list[LoopInThread]) -> None:
    layer = InMemoryChannelLayer()
    gone = loops[0].loop.create_future()
    with layer._lock:
        layer._waiters.setdefault("a", memory.deque()).append((loops[0].loop, gone))
    loops[0].end()
    alive = loops[1].start(layer.receive("a"))
    loops[1].settle()
    layer.put("a", {"n": 1})
    assert alive.result(DEADLINE) == {"n": 1}


def test_waiting_leaves_nothing_behind() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> None:
        waiting = [asyncio.ensure_future(layer.receive(name)) for name in ("a", "b", "b")]
        await turns()
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(main())
    assert (layer.channels, layer._waiters) == ({}, {})


# --- taking, without a loop ---


def test_taking_looks_at_all_channels() -> None:
    layer = InMemoryChannelLayer()
    layer.put("b", {"n": 1})
    assert layer.take(["a", "b"]) == ("b", {"n": 1})
    assert layer.take(["a", "b"]) is None
    assert layer.take([]) is None


def test_taking_can_wait_for_a_message() -> None:
    layer = InMemoryChannelLayer()
    taken = in_thread(layer.take, ["a", "b"], DEADLINE)
    layer.put("b", {"n": 1})
    assert taken() == ("b", {"n": 1})


def test_taking_waits_no_longer_than_it_is_told() -> None:
    assert InMemoryChannelLayer().take(["a"], 0.01) is None


def test_a_busy_channel_does_not_starve_the_others() -> None:
    layer = InMemoryChannelLayer(capacity=1000)
    for n in range(300):
        layer.put("busy", {"n": n})
    layer.put("quiet", {})
    # The chance of 200 times the same out of two is nil.
    assert "quiet" in {(layer.take(["busy", "quiet"]) or ("", {}))[0] for _ in range(200)}


# --- expiry ---


def test_a_message_expires(clock: Clock) -> None:
    layer = InMemoryChannelLayer(expiry=60)
    layer.put("a", {"n": 1})
    clock.now += 59
    layer.put("a", {"n": 2})
    clock.now += 2
    assert layer.take(["a"]) == ("a", {"n": 2})
    assert layer.take(["a"]) is None


@pytest.mark.parametrize(("later", "left"), [(59.9, 1), (60.1, 0)])
def test_a_message_expires_on_time(clock: Clock, later: float, left: int) -> None:
    layer = InMemoryChannelLayer(expiry=60)
    layer.put("a", {})
    clock.now += later
    assert (layer.take(["a"]) is not None) == bool(left)


def test_expired_messages_make_room(clock: Clock) -> None:
    layer = InMemoryChannelLayer(expiry=60, capacity=1)
    layer.put("a", {"n": 1})
    clock.now += 61
    layer.put("a", {"n": 2})
    assert layer.take(["a"]) == ("a", {"n": 2})


def test_a_channel_whose_messages_nobody_reads_leaves_its_groups(clock: Clock) -> None:
    layer = InMemoryChannelLayer(expiry=60)
    layer.join("g", "a")
    layer.join("g", "b")
    layer.fan_out("g", {"n": 1}, copy.copy)
    assert layer.take(["b"]) is not None
    clock.now += 61
    assert layer.take(["a"]) is None
    assert layer.members("g") == ["b"]


@pytest.mark.parametrize(("later", "heard"), [(86399, True), (86401, False)])
def test_a_member_expires_unless_it_is_added_again(clock: Clock, later: float, heard: bool) -> None:
    layer = InMemoryChannelLayer()
    layer.join("g", "a")
    clock.now += 86000
    layer.join("g", "again")
    clock.now += later - 86000
    assert ("a" in layer.members("g")) == heard
    layer.fan_out("g", {}, copy.copy)
    assert ("a" in layer.channels, "again" in layer.channels) == (heard, True)
    assert ("a" in layer.groups["g"]) == heard


# --- capacity ---


@pytest.mark.parametrize(
    ("options", "channel", "room"),
    [
        ({}, "a", 100),
        ({"capacity": 3}, "a", 3),
        ({"capacity": 3, "channel_capacity": {"mail.*": 1}}, "mail.send", 1),
        ({"capacity": 3, "channel_capacity": {"mail.*": 1}}, "other", 3),
        ({"capacity": 1, "channel_capacity": {"m?": 2}}, "ma", 2),
        ({"capacity": 3, "channel_capacity": None}, "a", 3),
    ],
)
def test_a_channel_has_room_for_so_many(options: dict[str, Any], channel: str, room: int) -> None:
    layer = InMemoryChannelLayer(**options)
    for n in range(room):
        layer.put(channel, {"n": n})
    with pytest.raises(ChannelFull):
        layer.put(channel, {"n": room})
    assert [event["n"] for _, event in layer.channels[channel]] == list(range(room))


def test_a_pattern_of_regular_expressions_is_a_pattern_too() -> None:
    import re

    layer = InMemoryChannelLayer(channel_capacity={re.compile("^mail"): 1})
    layer.put("mail.send", {})
    with pytest.raises(ChannelFull):
        layer.put("mail.send", {})


def test_reading_makes_room() -> None:
    layer = InMemoryChannelLayer(capacity=1)
    layer.put("a", {"n": 1})
    layer.take(["a"])
    layer.put("a", {"n": 2})
    assert layer.take(["a"]) == ("a", {"n": 2})


# --- groups ---


def test_everybody_in_a_group_gets_a_copy() -> None:
    layer = InMemoryChannelLayer()
    event: dict[str, Any] = {"n": [1]}
    for name in "abc":
        layer.join("g", name)
    assert layer.fan_out("g", event, copy.deepcopy) == 0
    received = [layer.take([name]) for name in "abc"]
    assert [each for each in received if each] == [(name, event) for name in "abc"]
    assert len({id(each[1]["n"]) for each in received if each}) == 3


def test_those_without_room_miss_it_and_are_counted() -> None:
    layer = InMemoryChannelLayer(capacity=1)
    layer.put("full", {})
    for name in ("full", "free", "deaf", "open"):
        layer.join("g", name)
    got: list[Any] = []
    layer.attach("deaf", lambda event: False)
    layer.attach("open", lambda event: got.append(event) or True)
    assert layer.fan_out("g", {"n": 1}, copy.copy) == 2
    assert got == [{"n": 1}]
    assert layer.take(["free"]) == ("free", {"n": 1})


def test_an_empty_group_is_no_error_and_leaves_nothing_behind() -> None:
    layer = InMemoryChannelLayer()
    assert layer.fan_out("g", {}, copy.copy) == 0
    layer.leave("g", "a")
    layer.join("g", "a")
    layer.leave("g", "b")
    assert layer.members("g") == ["a"]
    layer.leave("g", "a")
    assert layer.groups == {}


# --- receivers ---


def test_a_receiver_gets_everything_at_once_and_nothing_waits() -> None:
    layer = InMemoryChannelLayer(capacity=1)
    got: list[Any] = []
    layer.attach("a", lambda event: got.append(event) or True)
    for n in range(3):
        layer.put("a", {"n": n})
    assert [event["n"] for event in got] == [0, 1, 2]
    assert layer.channels == {}


def test_a_receiver_without_room_is_a_full_channel() -> None:
    layer = InMemoryChannelLayer()
    layer.attach("a", lambda event: False)
    with pytest.raises(ChannelFull):
        layer.put("a", {})


def test_a_detached_receiver_hears_no_more_and_is_in_no_group() -> None:
    layer = InMemoryChannelLayer()
    got: list[Any] = []
    layer.attach("a", lambda event: got.append(event) or True)
    for group in ("g", "h"):
        layer.join(group, "a")
    layer.join("g", "b")
    layer.detach("a")
    layer.put("a", {})
    layer.fan_out("g", {}, copy.copy)
    assert got == []
    assert layer.groups.keys() == {"g"}
    assert layer.members("g") == ["b"]


def test_detaching_what_is_not_there_is_no_error() -> None:
    InMemoryChannelLayer().detach("a")


def test_a_receiver_may_send_itself() -> None:
    layer = InMemoryChannelLayer()
    layer.attach("a", lambda event: layer.put("b", event) or True)  # type: ignore[func-returns-value]
    layer.put("a", {"n": 1})
    assert layer.take(["b"]) == ("b", {"n": 1})


# --- the interface of channels >= 2 ---


def test_native_code_sends_and_receives() -> None:
    layer = InMemoryChannelLayer()

    async def main() -> Any:
        name = await layer.new_channel()
        await layer.group_add("g", name)
        await layer.group_send("g", {"type": "greeting", "n": 1})
        await layer.send(name, {"type": "greeting", "n": 2})
        received = [await layer.receive(name), await layer.receive(name)]
        await layer.group_discard("g", name)
        await layer.group_send("g", {"type": "greeting", "n": 3})
        return [event["n"] for event in received], name in layer.channels

    assert run(main()) == ([1, 2], False)


def test_native_code_shares_no_objects() -> None:
    layer = InMemoryChannelLayer()
    event: dict[str, Any] = {"type": "greeting", "list": []}

    async def main() -> Any:
        await layer.send("a", event)
        await layer.group_add("g", "b")
        await layer.group_send("g", event)
        return await layer.receive("a"), await layer.receive("b")

    for received in run(main()):
        assert received == event
        assert received is not event
        assert received["list"] is not event["list"]


@pytest.mark.parametrize("prefix", ["specific.", "mine."])
def test_new_names_differ_and_are_good(prefix: str) -> None:
    layer = InMemoryChannelLayer()

    async def main() -> list[str]:
        return [await layer.new_channel(prefix) for _ in range(100)]

    names = run(main())
    assert len(set(names)) == 100
    assert all(name.startswith(prefix + "inmemory!") for name in names)
    for name in names:
        layer._check_channel(name)


def test_a_new_name_has_twelve_letters_behind_its_prefix() -> None:
    name = InMemoryChannelLayer().new_name("websocket.send!")
    prefix, letters = name.split("!")
    assert (prefix, len(letters), letters.isalpha(), letters.isascii()) == ("websocket.send", 12, True, True)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda layer: layer.send("a b", {}), TypeError),
        (lambda layer: layer.receive("a b"), TypeError),
        (lambda layer: layer.group_add("a b", "a"), TypeError),
        (lambda layer: layer.group_add("g", "a b"), TypeError),
        (lambda layer: layer.group_discard("a b", "a"), TypeError),
        (lambda layer: layer.group_send("a b", {}), TypeError),
        (lambda layer: layer.send("a", "text"), AssertionError),
        (lambda layer: layer.group_send("g", "text"), AssertionError),
        (lambda layer: layer.send("a", {"__asgi_channel__": "b"}), AssertionError),
    ],
)
def test_native_code_s_mistakes_are_refused_as_ever(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        run(call(InMemoryChannelLayer()))


def test_flushing_forgets_messages_and_groups() -> None:
    layer = InMemoryChannelLayer()
    layer.put("a", {})
    layer.join("g", "a")
    run(layer.flush())
    assert (layer.channels, layer.groups) == ({}, {})


def test_it_is_a_layer_of_channels() -> None:
    from channels.layers import InMemoryChannelLayer as ChannelsOwn

    layer = InMemoryChannelLayer(expiry=1, group_expiry=2, capacity=3)
    assert isinstance(layer, ChannelsOwn)
    assert (layer.expiry, layer.group_expiry, layer.capacity) == (1, 2, 3)
    assert set(layer.extensions) == {"groups", "flush"}
