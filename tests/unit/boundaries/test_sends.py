"""Whatever is sent: whoever sends it is told what is wrong, others get what is meant for them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from hypothesis import example, given
from hypothesis import strategies as st
from support.asgi import Connection
from support.sockets import LAYERS, Server
from support.waiting import DEADLINE, in_executor, run

from compat.v0.channel import Channel, Group
from compat.v2 import wire
from compat.v2.executor import ThreadPool
from compat.v2.worker import EmbeddedWorker

from .anything import NO_UNICODE, Trap, Trapped, anything, bent, clearly, few, mostly, nested, scalars

# What 0.17 raises too, in its words.
AS_BEFORE = (AssertionError, TypeError, OverflowError, UnicodeError, ChannelFull)
NO_DICT = "You can only send dicts as content on channels."
POOL = ThreadPool(4, "of-the-boundary")
HOW = ("Channel", "Group", "native", "native group")


async def play(layer: str, sends: list[tuple[str, Any, Any]]) -> None:
    """A client has its consumer do the sends; it, a member of the same group, one that has nothing to do with them,
    and the consumer of a custom channel go on."""
    worked = asyncio.Event()
    loop = asyncio.get_running_loop()
    errors: list[Exception] = []
    names: list[str] = []

    def consume(channel: str, content: dict[Any, Any]) -> None:
        if channel == "work":
            if content.get("the last"):
                loop.call_soon_threadsafe(worked.set)
            return
        if channel != "websocket.receive":
            return
        reply = content["reply_channel"]
        if content["text"] == "send":
            for how, name, message in sends:
                try:
                    send(how, {"myself": names[0], "another": names[1]}.get(name, name), message)
                except Exception as error:
                    errors.append(error)
        elif content["text"] == "join":
            names.append(reply)
            server.layer.group_add("all", reply)
        server.layer.send(reply, {"text": content["text"]})

    def send(how: str, name: Any, content: Any) -> None:
        native = server.layer.native
        if how == "Channel":
            Channel(name, channel_layer=server.layer).send(content)
        elif how == "Group":
            Group(name, channel_layer=server.layer).send(content)
        elif isinstance(content, dict) and wire.is_channel_name(name):
            call = native.group_send if how == "native group" else native.send
            with suppress(Exception):  # channels' own
                server.layer.bridge.run(call, name, content)

    server = Server(consume, LAYERS[layer]())
    server.pool = POOL
    async with server:
        worker = EmbeddedWorker(server.layer, consume, POOL, server.service.wakeups, 2)
        worker.start(["work"])
        bystander, myself, another = [await server.connect() for _ in range(3)]
        for member in (myself, another):
            member.text("join")
            assert await member.frames(1) == ["join"]
        myself.text("send")
        bystander.text("echo")
        assert await bystander.frames(1) == ["echo"]
        # Back when the sends are made: this thread has a queue of its own.
        await answered(myself, "send")
        await in_executor(server.layer.send_group, "all", {"text": "to all"})
        for member in (myself, another):
            await answered(member, "to all")
        await in_executor(server.layer.send, "work", {"the last": True})
        await asyncio.wait_for(worked.wait(), DEADLINE)
        await worker.stop()
    for error in errors:
        with clearly(Trapped, *AS_BEFORE):
            if str(error) != NO_DICT:
                raise error


async def answered(member: Connection, text: str) -> None:
    """Until ``text`` comes, or what was sent has closed the socket."""
    while not any(event["type"] == "websocket.close" for event in member.sent):
        if (await member.next()).get("text") == text:
            return


trapped = nested(scalars | st.builds(Trap) | st.builds(object))
reply = bent({"text": mostly(scalars, trapped), "bytes": st.none() | trapped, "close": mostly(st.just(False), trapped)})
custom = bent({"reply_channel": st.just("myself"), "n": st.integers()})
event = bent({
    "type": st.sampled_from(["websocket.send", "websocket.accept", "compat.group_added", "websocket.close"]),
    "compat.content": anything, "compat.fence": scalars, "group": st.just("all") | scalars, "text": scalars,
})  # fmt: skip
name = mostly(st.sampled_from(["myself", "another", "all", "work"]), st.just("x" * 101) | scalars)
content = mostly(reply | custom | event | st.dictionaries(scalars, trapped))
send = st.tuples(st.sampled_from(HOW), name, content)


@given(st.sampled_from(sorted(LAYERS)), st.lists(send, min_size=1, max_size=3))
@few
@example("memory", [("Channel", "myself", {"text": NO_UNICODE})])
@example("memory", [("Group", "all", {"text": Trap(), "bytes": b""}), ("Group", "all", {"type": Trap()})])
@example("memory", [("Channel", "work", {"reply_channel": Trap()}), ("Channel", "work", {"__retries__": "x"})])
@example("memory", [("native", "work", {"type": Trap()}), ("native", "work", {"compat.typed": Trap()})])
@example("network", [("native", "myself", {"type": "compat.group_added"})])
@example("network", [("native", "myself", {"compat.fence": "x", "type": "websocket.send", "text": "x"})])
@example("network", [("native group", "all", {"compat.content": [], "type": "websocket.send"})])
@example("network", [("native", "work", {"type": "x", "compat.items": {"compat.items": [5]}})])
@example("network", [("native", "work", {"compat.content": {"compat.items": 1}, "compat.items": [[]], "type": "x"})])
@example("network", [("Channel", "work", {"x": NO_UNICODE}), ("Channel", "another", {"text": NO_UNICODE})])
def test_others_get_what_is_meant_for_them(layer: str, sends: list[Any]) -> None:
    run(asyncio.wait_for(play(layer, sends), DEADLINE))


def deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


def endless() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["me"] = found
    return found


@pytest.mark.parametrize("layer", sorted(LAYERS))
@pytest.mark.parametrize("content", [{"x": deep(100_000)}, endless()], ids=["deep", "endless"])
def test_what_holds_too_much_is_refused(layer: str, content: Any) -> None:
    run(play(layer, [("Channel", "work", content), ("Group", "all", content)]))
