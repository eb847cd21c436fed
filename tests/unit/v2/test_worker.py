"""Custom channels, consumed in the process that serves."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any, Callable

import pytest
from support.network import HeldNetworkLayer
from support.sockets import LAYERS, Server
from support.waiting import DEADLINE, Journal, in_executor, run, turns, wait_for

from compat.v2 import handover
from compat.v2.executor import ThreadPool
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer
from compat.v2.outbox import Outbox
from compat.v2.worker import EmbeddedWorker

on_every_layer = pytest.mark.parametrize("kind", sorted(LAYERS))


class Running:
    """A worker on the running loop."""

    def __init__(
        self, dispatch: Callable[[str, Any], Any], channels: str = "abc", slots: int = 4, native: Any = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.layer = SynchronousLayer(InMemoryChannelLayer() if native is None else native)
        self.layer.bridge.bind(loop)
        self.pool = ThreadPool(4, "of-a-test")
        self.worker = EmbeddedWorker(self.layer, dispatch, self.pool, Outbox(loop), slots)
        self._channels = list(channels)

    async def __aenter__(self) -> Running:
        self.worker.start(self._channels)
        await turns()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.worker.stop()
        await in_executor(self.pool.drain, DEADLINE)

    async def send(self, channel: str, **content: Any) -> None:
        await in_executor(self.layer.send, channel, content)


@on_every_layer
def test_messages_reach_their_consumer_as_they_were_sent(kind: str) -> None:
    async def main() -> Any:
        journal = Journal()
        async with Running(lambda *given: journal.add(given), native=LAYERS[kind]()) as running:
            await running.send("a", n=1)
            await running.send("b", type="greeting")
            await running.send("not.listened.to", n=2)
            return await journal.reached(2)

    assert sorted(run(main())) == [("a", {"n": 1}), ("b", {"type": "greeting"})]


def test_messages_that_waited_before_it_started_are_consumed() -> None:
    async def main() -> Any:
        journal = Journal()
        running = Running(lambda *given: journal.add(given))
        await running.send("a", n=1)
        async with running:
            return await journal.reached(1)

    assert run(main()) == [("a", {"n": 1})]


def test_messages_with_one_reply_channel_run_one_after_another() -> None:
    async def main() -> Any:
        running_now, overlaps, journal = threading.Lock(), [], Journal()

        def dispatch(channel: str, content: Any) -> None:
            if running_now.acquire(blocking=False):
                journal.add(content["n"])
                running_now.release()
            else:
                overlaps.append(content)

        async with Running(dispatch) as running:
            for n in range(50):
                await running.send("a", n=n, reply_channel="one")
            return await journal.reached(50), overlaps

    assert run(main()) == (list(range(50)), [])


def test_messages_without_a_reply_channel_run_side_by_side() -> None:
    async def main() -> Any:
        barrier, journal = threading.Barrier(3), Journal()
        async with Running(lambda channel, content: journal.add(barrier.wait(DEADLINE))) as running:
            for channel in "aab":
                await running.send(channel)
            return sorted(await journal.reached(3))

    assert run(main()) == [0, 1, 2]


def test_no_more_is_taken_from_a_channel_than_threads_are_free() -> None:
    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def dispatch(channel: str, content: Any) -> None:
            journal.add(content["n"])
            wait_for(gate)

        async with Running(dispatch, channels="a", slots=2) as running:
            for n in range(10):
                await running.send("a", n=n)
            await journal.reached(2)
            await turns(100)
            waiting = len(running.layer.native.channels["a"])
            gate.set()
            return waiting, sorted(await journal.reached(10))

    assert run(main()) == (8, list(range(10)))


def test_a_full_channel_is_the_sender_s_error_while_consumers_are_busy() -> None:
    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def dispatch(channel: str, content: Any) -> None:
            journal.add(content["n"])
            wait_for(gate)

        async with Running(dispatch, "a", slots=1, native=InMemoryChannelLayer(capacity=2)) as running:
            await running.send("a", n=0)
            await journal.reached(1)
            await running.send("a", n=1)
            await running.send("a", n=2)
            try:
                await running.send("a", n=3)
            except running.layer.ChannelFull:
                return True
            finally:
                gate.set()

    assert run(main())


def test_a_message_for_later_comes_again_after_those_that_wait() -> None:
    async def main() -> Any:
        journal, gate = Journal(), threading.Event()

        def dispatch(channel: str, content: Any) -> Any:
            journal.add((content["n"], content.get("__retries__", 0)))
            wait_for(gate)
            if content["n"] == "later" and content.get("__retries__", 0) < 2:
                return {**content, "__retries__": content.get("__retries__", 0) + 1}
            return None

        async with Running(dispatch, slots=1) as running:
            await running.send("a", n="later")
            await journal.reached(1)
            await running.send("a", n="x")
            gate.set()
            return await journal.reached(4)

    assert run(main()) == [("later", 0), ("x", 0), ("later", 1), ("later", 2)]


def test_a_message_for_later_waits_for_room_and_is_lost_only_with_a_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handover, "_TRY_PAUSE", 0)

    async def main() -> Any:
        journal, gate = Journal(), threading.Event()

        def dispatch(channel: str, content: Any) -> Any:
            journal.add(content["n"])
            wait_for(gate)
            return content if content["n"] == "later" else None

        async with Running(dispatch, "a", slots=1, native=InMemoryChannelLayer(capacity=1)) as running:
            await running.send("a", n="later")
            await journal.reached(1)
            await running.send("a", n="x")
            gate.set()
            return await journal.reached(2)

    assert run(main()) == ["later", "x"]
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
        (logging.ERROR, "Dropped a message that was to be consumed later: a is full.")
    ]


@pytest.mark.parametrize("reply", [None, "one"], ids=["without a reply channel", "of one reply channel"])
def test_whatever_goes_wrong_in_a_consumer_the_next_message_is_consumed(
    reply: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> Any:
        journal, gate = Journal(), threading.Event()

        def dispatch(channel: str, content: Any) -> None:
            wait_for(gate)
            if content["n"] < 5:
                raise ValueError("no")
            journal.add(content["n"])

        async with Running(dispatch, slots=2) as running:
            for n in range(8):
                await running.send("a", n=n, reply_channel=reply)
            gate.set()
            return await journal.reached(3)

    assert sorted(run(main())) == [5, 6, 7]
    assert caplog.text.count("Error in a consumer thread") == 5


@pytest.mark.parametrize("odd", [["a", "list"], {"a": "dict"}, 5, ""])
def test_an_odd_reply_channel_does_not_stop_the_channel(odd: Any) -> None:
    async def main() -> Any:
        journal = Journal()
        async with Running(lambda channel, content: journal.add(content["n"])) as running:
            await running.send("a", n=1, reply_channel=odd)
            await running.send("a", n=2)
            return sorted(await journal.reached(2))

    assert run(main()) == [1, 2]


def test_stopping_lets_consumers_end_and_takes_no_more() -> None:
    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def dispatch(channel: str, content: Any) -> None:
            journal.add("begun")
            wait_for(gate)
            journal.add("ended")

        running = Running(dispatch)
        async with running:
            await running.send("a")
            await journal.reached(1)
            await running.worker.stop()
            await running.send("a", n="left")
            gate.set()
            await journal.reached(2)
        return journal.entries, [event["n"] for _, event in running.layer.native.channels["a"]]

    assert run(main()) == (["begun", "ended"], ["left"])


def test_stopping_loses_no_message() -> None:
    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def dispatch(channel: str, content: Any) -> None:
            journal.add(channel)
            wait_for(gate)

        running = Running(dispatch, "ab", slots=1)
        async with running:
            await running.send("a")
            await journal.reached(1)
            await running.send("b")
            await turns(100)
            await running.worker.stop()
            gate.set()
        await turns()
        return journal.entries, list(running.layer.native.channels)

    consumed, left = run(main())
    assert sorted([*consumed, *left]) == ["a", "b"]


def test_nothing_is_kept_of_what_was_consumed() -> None:
    async def main() -> Any:
        journal = Journal()
        running = Running(lambda channel, content: journal.add(content["n"]))
        async with running:
            for n in range(20):
                await running.send("a", n=n, reply_channel=str(n % 3))
            await journal.reached(20)
        await turns()
        return running.worker._lanes, running.worker._unfinished

    assert run(main()) == ({}, {})


def test_an_answer_takes_the_short_way_unless_it_would_overtake_what_went_over_the_network() -> None:
    async def main() -> Any:
        native, journal = HeldNetworkLayer(), Journal()

        def consumer(channel: str, content: Any) -> None:
            reply_channel, text = content["reply_channel"], content.get("text")
            if channel == "websocket.connect":
                server.layer.group_add("g", reply_channel)
            elif text == "to the group":
                server.layer.send_group("g", {"text": text})
            else:
                server.layer.send(reply_channel, {"text": text})
            journal.add(reply_channel)

        server = Server(consumer, native)
        async with server:
            worker = EmbeddedWorker(server.layer, consumer, server.pool, server.service.wakeups, 4)
            worker.start(["a"])
            client = await server.connect()
            (reply_channel,) = await journal.reached(1)
            for number, text in enumerate(["short", "to the group", "after it"], 2):
                await in_executor(server.layer.send, "a", {"reply_channel": reply_channel, "text": text})
                await journal.reached(number)
            await turns()
            before = list(client.sent)
            native.arrive.set()
            frames = await client.frames(3)
            await worker.stop()
        return [event["text"] for event in before if "text" in event], frames

    assert run(main()) == (["short"], ["short", "to the group", "after it"])
