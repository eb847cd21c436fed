"""One socket: what consumers get, what clients get, in which order, and what happens when either is slow."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from support.asgi import Connection, websocket_scope
from support.network import HeldNetworkLayer, NetworkLayer
from support.sockets import LAYERS, Server, another_process
from support.waiting import Journal, in_executor, run, turns, wait_for

from compat.v2 import outage
from compat.v2.websocket import choose_subprotocol, connect_content, reply_events

CLOSE = {"type": "websocket.close", "code": "of this server"}
on_every_layer = pytest.mark.parametrize("layer", sorted(LAYERS))


class Consumers:
    """Notes what it is called with, and then calls ``then``."""

    def __init__(self, then: Any = None) -> None:
        self.journal = Journal()
        self._then = then

    def __call__(self, channel: str, content: dict[Any, Any]) -> Any:
        self.journal.add((channel, content))
        return self._then(channel, content) if self._then else None

    @property
    def channels(self) -> list[str]:
        return [channel.split(".")[1] for channel, _ in self.journal.entries]

    def texts(self) -> list[Any]:
        return [content["text"] for channel, content in self.journal.entries if channel == "websocket.receive"]


class Gate:
    """Holds up consumers."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, channel: str, content: Any) -> None:
        self.reached.set()
        wait_for(self.open)


# --- what a consumer gets ---


def test_the_content_of_connect_has_these_keys_and_types() -> None:
    scope = websocket_scope(
        "/cmd/a bé/",
        headers=[(b"Host", b"h"), (b"x-dup", b"a"), (b"x_under", b"no"), (b"X-Dup", b"b")],
        query_string=b"x=1&y=a%20b&z=%C3%A9&accept=1",
        client=("127.0.0.1", 5),
        server=("127.0.0.1", 80),
    )
    assert connect_content(scope, as_tuples=False) == {
        "path": "/cmd/a bé/",
        "headers": [[b"host", b"h"], [b"x-dup", b"a,b"]],
        "query_string": "x=1&y=a+b&z=é&accept=1",
        "client": ["127.0.0.1", 5],
        "server": ["127.0.0.1", 80],
        "order": 0,
    }


def test_in_memory_headers_are_tuples() -> None:
    scope = websocket_scope(headers=[[b"host", b"h"]])
    assert connect_content(scope, as_tuples=True)["headers"] == [(b"host", b"h")]


@pytest.mark.parametrize("missing", ["headers", "query_string", "client", "server"])
def test_what_the_server_does_not_say_is_empty(missing: str) -> None:
    scope = websocket_scope()
    del scope[missing]
    empty = {"headers": [], "query_string": "", "client": None, "server": None}
    assert connect_content(scope, as_tuples=False)[missing] == empty[missing]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"a=1", "a=1"),
        (b"a=1&b=2&a=3", "a=1&a=3&b=2"),
        (b"a=&b=1", "b=1"),
        (b"nothing", ""),
        (b"a=%26", "a=&"),
        (b"a=%C3%A9", "a=é"),
        (b"a=x%2By", "a=x+y"),
    ],
)
def test_a_query_string_is_decoded_and_put_together_again(raw: bytes, text: str) -> None:
    assert connect_content(websocket_scope(query_string=raw), as_tuples=False)["query_string"] == text


@pytest.mark.parametrize(
    ("offered", "spoken", "chosen"),
    [
        ([], [], None),
        (["bar", "foo"], ["foo", "bar"], "bar"),
        (["zzz"], ["foo"], None),
        (["zzz", "foo"], ["foo", "bar"], "foo"),
        (["foo"], [], None),
        ([], ["foo"], None),
    ],
)
def test_the_subprotocol_is_the_client_s_first_that_we_speak(offered: Any, spoken: Any, chosen: Any) -> None:
    assert choose_subprotocol(websocket_scope(subprotocols=offered), spoken) == chosen


# --- what a client gets for one message ---

TEXT, BYTES = {"type": "websocket.send", "text": "x"}, {"type": "websocket.send", "bytes": b"y"}
REPLIES: list[tuple[dict[Any, Any], list[Any], str]] = [
    ({"text": "x"}, [TEXT], ""),
    ({"bytes": b"y"}, [BYTES], ""),
    ({"bytes": bytearray(b"y")}, [BYTES], ""),
    ({"bytes": memoryview(b"y")}, [BYTES], ""),
    ({"text": None, "bytes": b"y"}, [BYTES], ""),
    ({"text": "x", "bytes": None}, [TEXT], ""),
    ({"text": "x", "bytes": b"y"}, [BYTES, TEXT], ""),
    ({"text": "x", "close": True}, [TEXT, CLOSE], ""),
    ({"text": "x", "bytes": b"y", "close": True}, [BYTES, TEXT, CLOSE], ""),
    ({"close": True}, [CLOSE], ""),
    ({"close": 4002}, [CLOSE], ""),
    ({"close": 999}, [CLOSE], ""),
    ({"close": False}, [], ""),
    ({"close": None}, [], ""),
    ({}, [], ""),
    ({"text": ""}, [], ""),
    ({"bytes": b""}, [], ""),
    ({"accept": True}, [], ""),
    ({"accept": True, "text": "x"}, [TEXT], ""),
    ({"accept": False}, [CLOSE], ""),
    ({"accept": False, "text": "x"}, [TEXT, CLOSE], ""),
    ({"accept": None}, [], ""),
    ({"type": "websocket.send", "text": "x"}, [TEXT], ""),
    ({"type": "websocket.accept"}, [], ""),
    ({"type": "websocket.close"}, [CLOSE], ""),
    ({"type": "websocket.close", "code": 4000}, [{"type": "websocket.close", "code": 4000}], ""),
    ({"type": "websocket.close", "code": None}, [CLOSE], ""),
    ({"type": "websocket.close", "code": 1}, [CLOSE], ""),
    ({"type": "websocket.close", "code": 1005}, [CLOSE], ""),
    ({"type": "websocket.close", "code": 10**9}, [CLOSE], ""),
    ({"foo": 1}, [], "reply-keys"),
    ({"text": "x", "foo": 1}, [TEXT], "reply-keys"),
    ({"text": "x", "order": 3}, [TEXT], "reply-keys"),
    ({"text": "x", 5: 1, b"k": 2}, [TEXT], "reply-keys"),
    ({"text": b"x"}, [], "reply-types"),
    ({"text": 5}, [], "reply-types"),
    ({"text": {"a": 1}}, [], "reply-types"),
    ({"bytes": "y"}, [], "reply-types"),
    ({"bytes": 5}, [], "reply-types"),
    ({"text": "x", "bytes": "y", "close": True}, [], "reply-types"),
    ({"type": "chat.message", "text": "x"}, [], "native-event"),
    ({"type": None, "text": "x"}, [], "native-event"),
    ({"type": 5}, [], "native-event"),
]


@pytest.mark.parametrize(
    ("content", "events", "anchor"),
    REPLIES,
    # A memoryview shows its address, and tests are named the same in every process.
    ids=[re.sub(" at 0x[0-9a-f]+", "", repr(content)) for content, _, _ in REPLIES],
)
def test_a_message_becomes_events(content: Any, events: Any, anchor: str, caplog: pytest.LogCaptureFixture) -> None:
    before = dict(content)
    found = list(reply_events(content, CLOSE))
    assert found == events
    assert [type(event.get("bytes", b"")) for event in found] == [bytes] * len(found)
    assert content == before
    logged = [(each.name, each.levelno, each.getMessage().rpartition("#")[2]) for each in caplog.records]
    assert logged == ([("django.channels", logging.ERROR, anchor)] if anchor else [])


def test_an_unknown_key_is_named(caplog: pytest.LogCaptureFixture) -> None:
    list(reply_events({"text": "x", "foo": 1, "bar": 2}, CLOSE))
    assert "Ignored the keys 'bar', 'foo' of a message for a WebSocket" in caplog.text


def test_a_wrong_type_is_named(caplog: pytest.LogCaptureFixture) -> None:
    list(reply_events({"text": b"x", "bytes": "y"}, CLOSE))
    assert "not text=bytes, bytes=str." in caplog.text


# --- the life of a socket ---


@on_every_layer
def test_the_handshake_does_not_wait_for_the_connect_consumer(layer: str) -> None:
    async def main() -> None:
        gate = Gate()
        async with Server(Consumers(gate), LAYERS[layer]()) as server:
            await server.connect()
            await in_executor(wait_for, gate.reached)
            gate.open.set()

    run(main())


@on_every_layer
def test_consumers_get_these_contents(layer: str) -> None:
    async def main() -> list[Any]:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect(path="/x", headers=[(b"host", b"h")])
            client.text("é", "")
            client.give(
                {"type": "websocket.receive", "bytes": b"\0\xff"},
                {"type": "websocket.receive", "bytes": b"", "text": None},
                {"type": "websocket.receive", "text": "both", "bytes": None},
            )
            client.disconnect(4001)
            await server.end()
        return consumers.journal.entries

    entries = run(main())
    reply = entries[0][1]["reply_channel"]
    common = {"reply_channel": reply, "path": "/x"}
    header = (b"host", b"h") if layer == "memory" else [b"host", b"h"]
    assert entries == [
        (
            "websocket.connect",
            {
                **common,
                "headers": [header],
                "query_string": "",
                "client": ["127.0.0.1", 50000],
                "server": ["127.0.0.1", 8000],
                "order": 0,
            },
        ),
        ("websocket.receive", {**common, "order": 1, "text": "é"}),
        ("websocket.receive", {**common, "order": 2, "text": ""}),
        ("websocket.receive", {**common, "order": 3, "bytes": b"\0\xff"}),
        ("websocket.receive", {**common, "order": 4, "bytes": b""}),
        ("websocket.receive", {**common, "order": 5, "text": "both"}),
        ("websocket.disconnect", {**common, "order": 6, "code": 4001}),
    ]
    assert all(type(content) is dict for _, content in entries)
    assert "!" in reply
    if layer == "memory":
        assert reply.startswith("websocket.send!")


@on_every_layer
def test_what_was_sent_does_not_change_with_the_dict(layer: str) -> None:
    async def main() -> list[Any]:
        def consume(channel: str, content: dict[Any, Any]) -> None:
            if channel == "websocket.connect":
                answer = {}
                for text in ("a", "b"):
                    answer["text"] = text
                    server.layer.send(content["reply_channel"], answer)
                answer.clear()

        async with Server(consume, LAYERS[layer]()) as server:
            client = await server.connect()
            return [(await client.next())["text"] for _ in range(2)]

    assert run(main()) == ["a", "b"]


@pytest.mark.parametrize(
    ("event", "code"),
    [({"code": 1000}, 1000), ({"code": 4001}, 4001), ({"code": 1006}, 1006), ({"code": 1005}, None), ({}, None)],
)
def test_the_code_of_a_disconnect(event: dict[str, Any], code: Any) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers) as server:
            client = await server.connect()
            client.give({"type": "websocket.disconnect", **event})
            await server.end()
        return consumers.journal.entries[-1]

    channel, content = run(main())
    assert (channel, content["code"], content["order"]) == ("websocket.disconnect", code, 1)


def test_the_chosen_subprotocol_is_in_the_acceptance() -> None:
    async def main() -> Any:
        async with Server(Consumers(), protocols=["foo", "bar"]) as server:
            client = await server.connect(subprotocols=["zzz", "bar", "foo"])
            return client.sent[0]

    assert run(main()) == {"type": "websocket.accept", "subprotocol": "bar"}


def test_what_does_not_begin_with_a_connect_is_no_socket() -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers) as server:
            client, task = server.accept()
            client.give({"type": "websocket.disconnect", "code": 1006})
            await task
            await in_executor(server.pool.drain, 1.0)
        return client.sent, consumers.journal.entries

    assert run(main()) == ([], [])


def test_sockets_have_reply_channels_of_their_own() -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers) as server:
            for _ in range(3):
                await server.connect()
            entries = await consumers.journal.reached(3)
        return {content["reply_channel"] for _, content in entries}

    assert len(run(main())) == 3


def test_messages_without_a_consumer_are_not_kept() -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, consumed=lambda channel: channel == "websocket.receive") as server:
            client = await server.connect()
            client.text("x")
            client.disconnect()
            await server.end()
        return consumers.channels

    assert run(main()) == ["receive"]


# --- the order of consumers ---


@on_every_layer
def test_messages_run_one_after_another_and_the_disconnect_last(layer: str) -> None:
    async def main() -> Any:
        running = threading.Lock()
        overlaps: list[str] = []

        def alone(channel: str, content: Any) -> None:
            if not running.acquire(blocking=False):
                overlaps.append(channel)
                return
            running.release()

        consumers = Consumers(alone)
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            client.text(*map(str, range(200)))
            client.disconnect()
            await server.end()
        return (
            consumers.texts(),
            consumers.channels[0],
            consumers.channels[-1],
            consumers.channels.count("disconnect"),
            overlaps,
        )

    assert run(main()) == (list(map(str, range(200))), "connect", "disconnect", 1, [])


def test_frames_wait_for_a_connect_consumer_that_sleeps() -> None:
    async def main() -> Any:
        gate = Gate()
        consumers = Consumers(lambda channel, content: gate(channel, content) if "connect" in channel else None)
        async with Server(consumers) as server:
            client = await server.connect()
            await in_executor(wait_for, gate.reached)
            client.text("x")
            client.disconnect()
            await turns()
            before = list(consumers.channels)
            gate.open.set()
            await server.end()
        return before, consumers.channels

    assert run(main()) == (["connect"], ["connect", "receive", "disconnect"])


def test_sockets_run_side_by_side() -> None:
    async def main() -> Any:
        barrier = threading.Barrier(3)

        def together(channel: str, content: Any) -> None:
            if channel == "websocket.receive":
                barrier.wait(10)

        consumers = Consumers(together)
        async with Server(consumers) as server:
            for _ in range(3):
                (await server.connect()).text("x")
            await consumers.journal.reached(6)
        return consumers.channels.count("receive")

    assert run(main()) == 3


def test_a_message_that_is_put_back_comes_again_and_before_the_disconnect() -> None:
    async def main() -> Any:
        def later(channel: str, content: dict[Any, Any]) -> Any:
            retries = content.get("__retries__", 0)
            return {**content, "__retries__": retries + 1} if content.get("text") == "later" and retries < 3 else None

        gate = Gate()
        consumers = Consumers(lambda channel, content: gate(channel, content) or later(channel, content))
        async with Server(consumers) as server:
            client = await server.connect()
            client.text("later", "x")
            client.disconnect()
            await turns()
            gate.open.set()
            await server.end()
        return (
            consumers.texts(),
            [each.get("__retries__") for _, each in consumers.journal.entries],
            consumers.channels[-1],
        )

    texts, retries, last = run(main())
    assert texts == ["later", "x", "later", "later", "later"]
    assert retries == [None, None, None, 1, 2, 3, None]
    assert last == "disconnect"


def test_a_disconnect_that_is_put_back_comes_again() -> None:
    async def main() -> Any:
        def later(channel: str, content: dict[Any, Any]) -> Any:
            if channel == "websocket.disconnect" and content.get("__retries__", 0) < 2:
                return {**content, "__retries__": content.get("__retries__", 0) + 1}
            return None

        consumers = Consumers(later)
        async with Server(consumers) as server:
            (await server.connect()).disconnect()
            await server.end()
        return consumers.channels

    assert run(main()) == ["connect", "disconnect", "disconnect", "disconnect"]


@pytest.mark.parametrize("where", ["connect", "receive"])
def test_whatever_goes_wrong_in_a_consumer_the_rest_still_runs(where: str) -> None:
    # The worker's dispatch logs what consumers raise; yet a route's filter or a signal's receiver may fail too.
    async def main() -> Any:
        def fail(channel: str, content: Any) -> None:
            if channel == "websocket." + where and content.get("text") != "good":
                raise ValueError("no")

        consumers = Consumers(fail)
        async with Server(consumers) as server:
            client = await server.connect()
            client.text("bad", "good")
            client.disconnect()
            await consumers.journal.reached(4)
        return consumers.channels

    assert run(main()) == ["connect", "receive", "receive", "disconnect"]


# --- the end ---


@on_every_layer
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "while a consumer runs"])
def test_a_socket_that_the_server_cuts_off_has_one_disconnect(layer: str, busy: bool) -> None:
    async def main() -> Any:
        gate = Gate()
        if not busy:
            gate.open.set()
        consumers = Consumers(gate)
        async with Server(consumers, LAYERS[layer]()) as server:
            client, task = server.accept()
            client.connect()
            await client.next()
            client.text("x")
            await turns()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            gate.open.set()
            entries = await consumers.journal.reached(3)
            await in_executor(server.pool.drain, 1.0)
        return [channel for channel, _ in entries], entries[-1][1]["code"], len(consumers.journal.entries)

    channels, code, count = run(main())
    assert channels == ["websocket.connect", "websocket.receive", "websocket.disconnect"]
    assert (code, count) == (1006, 3)


def test_a_socket_that_is_cut_off_while_it_is_not_read_has_its_disconnect_too() -> None:
    async def main() -> Any:
        gate = Gate()
        consumers = Consumers(gate)
        async with Server(consumers, inbox=2) as server:
            client, task = server.accept()
            client.connect()
            await client.next()
            client.text(*"abcdefgh")
            await turns()
            assert client.left_unread()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            gate.open.set()
            await in_executor(server.pool.drain, 10.0)
        return consumers.channels

    channels = run(main())
    assert (channels[0], channels[-1], channels.count("disconnect")) == ("connect", "disconnect", 1)


@on_every_layer
def test_a_client_that_leaves_before_it_is_accepted_never_was_there(layer: str) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client, task = server.accept()
            client.gate.clear()
            client.connect()
            await turns()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await in_executor(server.pool.drain, 1.0)
        return consumers.journal.entries

    assert run(main()) == []


@on_every_layer
def test_after_a_close_of_ours_the_code_is_none_and_nothing_more_is_sent(layer: str) -> None:
    async def main() -> Any:
        def close(channel: str, content: Any) -> None:
            if channel == "websocket.receive":
                for frame in ({"text": "x", "close": True}, {"text": "late"}, {"close": True}):
                    server.layer.send(content["reply_channel"], frame)

        consumers = Consumers(close)
        server = Server(consumers, LAYERS[layer]())
        async with server:
            client = await server.connect()
            client.text("close, please")
            sent = [await client.next(), await client.next()]
            await turns(100)
            client.disconnect(1000)
            await server.end()
        return sent, client.sent[1:], consumers.journal.entries[-1]

    sent, all_sent, (channel, content) = run(main())
    assert sent == [{"type": "websocket.send", "text": "x"}, {"type": "websocket.close"}]
    assert all_sent == sent
    assert (channel, content["code"]) == ("websocket.disconnect", None)


def test_a_client_that_has_left_a_moment_ago_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)

            async def gone(event: Any) -> None:
                raise OSError("connection is gone")

            client.send = gone  # type: ignore[method-assign]
            server.service.layer.send(content["reply_channel"], {"text": "x"})
            await turns()
            client.disconnect(1006)
            await server.end()
        return consumers.channels

    assert run(main()) == ["connect", "disconnect"]
    assert [each for each in caplog.records if each.levelno > logging.DEBUG] == []


@on_every_layer
def test_a_send_that_fails_does_not_stop_those_after_it(layer: str) -> None:
    class Failing(Connection):
        async def send(self, event: Any) -> None:
            if event.get("text") == "bad":
                raise OSError("connection is gone")
            await super().send(event)

    async def main() -> Any:
        from support import sockets

        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            original, sockets.Connection = sockets.Connection, Failing  # type: ignore[misc]
            try:
                client = await server.connect()
            finally:
                sockets.Connection = original  # type: ignore[misc]
            ((_, content),) = await consumers.journal.reached(1)
            for text in ("bad", "good"):
                await in_executor(server.layer.send, content["reply_channel"], {"text": text})
            return await client.frames(1)

    assert run(main()) == ["good"]


@on_every_layer
def test_sending_to_a_socket_that_is_gone_is_no_error(layer: str) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            client.disconnect()
            await server.end()
            await in_executor(server.layer.send, content["reply_channel"], {"text": "x"})
            await in_executor(server.layer.send_group, "g", {"text": "x"})
        return len(client.sent)

    assert run(main()) == 1


# --- sending ---


@on_every_layer
def test_a_reply_leaves_while_the_consumer_still_runs(layer: str) -> None:
    async def main() -> Any:
        gate = Gate()

        def reply(channel: str, content: Any) -> None:
            if channel == "websocket.receive":
                server.layer.send(content["reply_channel"], {"text": "early"})
                gate(channel, content)

        server = Server(Consumers(reply), LAYERS[layer]())
        async with server:
            client = await server.connect()
            client.text("x")
            frames = await client.frames(1)
            assert gate.reached.is_set() or not gate.open.is_set()
            gate.open.set()
        return frames

    assert run(main()) == ["early"]


@on_every_layer
def test_replies_and_group_sends_of_one_consumer_arrive_in_their_order(layer: str) -> None:
    async def main() -> Any:
        def consumer(channel: str, content: Any) -> None:
            reply = content["reply_channel"]
            if channel == "websocket.connect":
                server.layer.group_add("g", reply)
            elif channel == "websocket.receive":
                for n in range(40):
                    if n % 3:
                        server.layer.send(reply, {"text": str(n)})
                    else:
                        server.layer.send_group("g", {"text": str(n)})

        server = Server(Consumers(consumer), LAYERS[layer]())
        async with server:
            client = await server.connect()
            client.text("x")
            return await client.frames(40)

    assert run(main()) == [str(n) for n in range(40)]


@on_every_layer
def test_sends_from_inside_the_event_loop_arrive_in_their_order(layer: str) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            server.layer.group_add("g", content["reply_channel"])
            for n in range(10):
                server.layer.send(content["reply_channel"], {"text": f"reply {n}"})
                server.layer.send_group("g", {"text": f"group {n}"})
            return await client.frames(20)

    assert run(main()) == [f"{kind} {n}" for n in range(10) for kind in ("reply", "group")]


@on_every_layer
def test_many_threads_send_and_nothing_is_lost(layer: str) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)

            def send(sender: int) -> None:
                for n in range(20):
                    server.layer.send(content["reply_channel"], {"text": f"{sender} {n}"})

            await asyncio.gather(*(in_executor(send, sender) for sender in range(4)))
            return await client.frames(80)

    frames = run(main())
    for sender in range(4):
        assert [each for each in frames if each.startswith(f"{sender} ")] == [f"{sender} {n}" for n in range(20)]


@on_every_layer
def test_a_group_reaches_all_its_sockets_and_no_other(layer: str) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            clients = {path: await server.connect(path=path) for path in ("/in/1", "/in/2", "/out")}
            for _, content in await consumers.journal.reached(3):
                if content["path"].startswith("/in"):
                    await in_executor(server.layer.group_add, "g", content["reply_channel"])
            await in_executor(server.layer.send_group, "g", {"text": "x"})
            heard = [await clients[path].frames(1) for path in ("/in/1", "/in/2")]
            await turns()
            return heard, len(clients["/out"].sent)

    assert run(main()) == ([["x"], ["x"]], 1)


@on_every_layer
def test_an_event_of_native_code_that_a_socket_cannot_send_is_reported_and_not_fatal(
    layer: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            native, reply = server.layer.native, content["reply_channel"]
            await native.group_add("g", reply)
            await native.group_send("g", {"type": "chat.message", "text": "cannot be sent"})
            await native.group_send("g", {"type": "websocket.send", "text": "x"})
            await native.send(reply, {"type": "websocket.send", "bytes": b"y"})
            frames = await client.frames(2)
            await native.send(reply, {"type": "websocket.close", "code": 4000})
            return frames, await client.next()

    assert run(main()) == (["x", b"y"], {"type": "websocket.close", "code": 4000})
    assert ["got an event of type 'chat.message'" in each.getMessage() for each in caplog.records] == [True]


@on_every_layer
@pytest.mark.parametrize(
    "odd",
    [
        {"type": "compat.group_added"},
        {"type": "compat.group_added", "group": "a group of my own"},
        {"compat.items": 1},
        {"compat.typed": True},
    ],
    ids=repr,
)
def test_what_a_client_makes_a_consumer_send_does_no_harm(layer: str, odd: Any) -> None:
    # Consumers that send decoded JSON as it came are common.
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, LAYERS[layer]()) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            for message in (odd, {"text": "x"}):
                await in_executor(server.layer.send, content["reply_channel"], message)
            frames = await client.frames(1)
            client.disconnect()
            await server.end()
        return frames, consumers.channels

    assert run(main()) == (["x"], ["connect", "disconnect"])


# --- back-pressure ---


def test_a_socket_whose_inbox_is_full_is_not_read_and_nothing_is_lost() -> None:
    async def main() -> Any:
        gate = Gate()
        consumers = Consumers(gate)
        async with Server(consumers, inbox=4) as server:
            client = await server.connect()
            await in_executor(wait_for, gate.reached)
            client.text(*map(str, range(50)))
            client.disconnect()
            await turns(200)
            unread = client.left_unread()
            gate.open.set()
            await server.end()
        return unread, consumers.texts(), consumers.channels[-1]

    unread, texts, last = run(main())
    assert unread == 51 - 5
    assert texts == list(map(str, range(50)))
    assert last == "disconnect"


def test_reading_goes_on_when_half_of_the_inbox_is_free() -> None:
    async def main() -> Any:
        gates = {str(n): Gate() for n in range(12)}

        def hold(channel: str, content: Any) -> None:
            if channel == "websocket.receive":
                gates[content["text"]](channel, content)

        consumers = Consumers(hold)
        async with Server(consumers, inbox=4) as server:
            client = await server.connect()
            client.text("0")
            await in_executor(wait_for, gates["0"].reached)
            client.text(*list(gates)[1:])
            await turns(200)
            unread = [client.left_unread()]
            for n in range(4):
                gates[str(n)].open.set()
                await in_executor(wait_for, gates[str(n + 1)].reached)
                await turns(200)
                unread.append(client.left_unread())
            for gate in gates.values():
                gate.open.set()
            client.disconnect()
            await server.end()
        return unread, consumers.texts()

    unread, texts = run(main())
    # Frame 0 runs and five wait; two may wait when reading goes on, until five wait again.
    assert unread[:4] == [6, 6, 6, 6]
    assert unread[4] in (2, 3)
    assert texts == [str(n) for n in range(12)]


def test_a_sender_hears_when_too_much_waits_for_a_client() -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, outbox=3) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            client.gate.clear()

            def fill() -> int:
                for n in range(100):
                    try:
                        server.layer.send(content["reply_channel"], {"text": str(n)})
                    except ChannelFull:
                        return n
                return -1

            sent = await in_executor(fill)
            client.gate.set()
            frames = await client.frames(sent)
            await in_executor(server.layer.send, content["reply_channel"], {"text": "room again"})
            return sent, frames, await client.frames(1)

    sent, frames, more = run(main())
    assert 3 <= sent <= 5
    assert frames == [str(n) for n in range(sent)]
    assert more == ["room again"]


def test_a_group_send_that_a_slow_client_misses_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, outbox=3) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            server.layer.group_add("g", content["reply_channel"])
            client.gate.clear()
            for n in range(10):
                server.layer.send_group("g", {"text": str(n)})
            client.gate.set()
            frames = await client.frames(3)
            return frames, server.layer.dropped

    assert run(main()) == (["0", "1", "2"], 7)
    assert "1 members of group g had no room for a message and missed it (1 so far" in caplog.text


def test_on_a_network_what_a_slow_client_misses_is_not_lost_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers, NetworkLayer(capacity=1000), outbox=3) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            client.gate.clear()
            for n in range(20):
                await in_executor(server.layer.send, content["reply_channel"], {"text": str(n)})
            await turns(200)
            client.gate.set()
            await turns(200)
            await in_executor(server.layer.send, content["reply_channel"], {"text": "last"})
            frames = []
            while "last" not in frames:
                frames += await client.frames(1)
            return frames, server.layer.dropped

    frames, dropped = run(main())
    missed = 21 - len(frames)
    assert missed == 0 or dropped == missed or "room" in caplog.text


# --- groups, at the end ---


@on_every_layer
def test_a_socket_leaves_its_groups_when_it_closes(layer: str) -> None:
    async def main() -> Any:
        def consumer(channel: str, content: Any) -> None:
            if channel == "websocket.connect":
                for group in "ghi":
                    server.layer.group_add(group, content["reply_channel"])
                server.layer.group_discard("h", content["reply_channel"])

        server = Server(Consumers(consumer), LAYERS[layer]())
        async with server:
            client = await server.connect()
            client.text("x")
            client.disconnect()
            await server.end()
            await turns()
        native = server.layer.native
        return native.groups if layer == "memory" else native.store.groups

    assert run(main()) == {}


@on_every_layer
def test_the_disconnect_consumer_still_is_in_the_groups(layer: str) -> None:
    async def main() -> Any:
        seen: list[Any] = []

        def consumer(channel: str, content: Any) -> None:
            if channel == "websocket.connect":
                server.layer.group_add("g", content["reply_channel"])
            elif channel == "websocket.disconnect":
                groups = server.layer.native.groups if layer == "memory" else server.layer.native.store.groups
                seen.append(list(groups))

        server = Server(Consumers(consumer), LAYERS[layer]())
        async with server:
            (await server.connect()).disconnect()
            await server.end()
        return seen

    assert run(main()) == [["g"]]


def test_another_process_adds_a_socket_to_a_group_and_the_socket_leaves_it_all_the_same() -> None:
    async def main() -> Any:
        native = NetworkLayer()
        consumers, other = Consumers(), another_process(native.store)
        async with Server(consumers, native) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            await in_executor(other.group_add, "g", content["reply_channel"])
            await in_executor(other.send_group, "g", {"text": "of another process"})
            frames = await client.frames(1)
            members = {group: set(names) for group, names in native.store.groups.items()}
            client.disconnect()
            await server.end()
            await turns()
        return frames, members == {"g": {content["reply_channel"]}}, native.store.groups, consumers.channels

    frames, was_member, groups, channels = run(main())
    assert (frames, was_member, groups) == (["of another process"], True, {})
    assert channels == ["connect", "disconnect"]


def test_another_process_sends_to_a_stored_reply_channel() -> None:
    async def main() -> Any:
        native = NetworkLayer()
        consumers, other = Consumers(), another_process(native.store)
        async with Server(consumers, native) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            stored = str(content["reply_channel"])
            await in_executor(other.send, stored, {"bytes": b"y", "text": "x"})
            return await client.frames(2)

    assert run(main()) == [b"y", "x"]


# --- the layer on a network ---


def test_a_network_s_layer_is_used_on_the_server_s_loop_alone() -> None:
    async def main() -> Any:
        native = NetworkLayer()

        def consumer(channel: str, content: Any) -> None:
            server.layer.group_add("g", content["reply_channel"])
            server.layer.send_group("g", {"text": channel})

        server = Server(Consumers(consumer), native)
        async with server:
            client = await server.connect()
            await client.frames(1)
            client.disconnect()
            await server.end()
        return native.loops == {asyncio.get_running_loop()}

    assert run(main())


def test_a_socket_outlives_a_layer_that_is_down_for_a_moment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "_RETRY_PAUSE", 0)

    async def main() -> Any:
        native = NetworkLayer()
        native.failures = [ConnectionError("down"), ConnectionError("still down")]
        consumers = Consumers()
        async with Server(consumers, native) as server:
            client = await server.connect()
            ((_, content),) = await consumers.journal.reached(1)
            await in_executor(server.layer.send, content["reply_channel"], {"text": "x"})
            return await client.frames(1)

    assert run(main()) == ["x"]
    assert caplog.text.count("The channel layer does not answer; trying again") == 2
    assert caplog.text.count("The channel layer answers again") == 2


def test_nothing_of_a_closed_socket_is_kept() -> None:
    async def main() -> Any:
        native = NetworkLayer()
        consumers = Consumers()
        async with Server(consumers, native) as server:
            client = await server.connect()
            await consumers.journal.reached(1)
            client.disconnect()
            await server.end()
            await turns()
        return native.receive_buffer, server.layer._groups_of

    assert run(main()) == ({}, {})


def test_in_memory_nothing_of_a_closed_socket_is_kept() -> None:
    async def main() -> Any:
        consumers = Consumers()
        async with Server(consumers) as server:
            client = await server.connect()
            await consumers.journal.reached(1)
            client.disconnect()
            await server.end()
        memory = server.layer.native
        return memory.channels, memory.groups, memory._receivers, server.layer._groups_of

    assert run(main()) == ({}, {}, {}, {})


def test_a_reply_does_not_overtake_a_group_send_of_the_message_before() -> None:
    async def main() -> Any:
        native = HeldNetworkLayer()
        journal = Journal()
        replies: dict[str, str] = {}

        def consumer(channel: str, content: Any) -> None:
            if channel == "websocket.connect":
                replies[content["path"]] = content["reply_channel"]
                server.layer.group_add("g", content["reply_channel"])
            elif content.get("text") == "to the group":
                server.layer.send_group("g", {"text": "first"})
            elif content.get("text") == "to one":
                server.layer.send(replies["/hears"], {"text": "second"})
            journal.add(channel)

        server = Server(consumer, native)
        async with server:
            hears, speaks = await server.connect(path="/hears"), await server.connect(path="/speaks")
            await journal.reached(2)
            speaks.text("to the group", "to one")
            await journal.reached(4)
            await turns()
            native.arrive.set()
            return await hears.frames(2)

    assert run(main()) == ["first", "second"]


@on_every_layer
def test_a_reply_of_a_consumer_with_an_odd_key_is_sent_all_the_same(
    layer: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> Any:
        def consumer(channel: str, content: Any) -> None:
            if channel == "websocket.receive":
                server.layer.send(content["reply_channel"], {"text": content["text"], 5: 1})

        server = Server(consumer, LAYERS[layer]())
        async with server:
            client = await server.connect()
            client.text("x", "y")
            return await client.frames(2)

    assert run(main()) == ["x", "y"]
    assert caplog.text.count("Ignored the keys 5 of a message for a WebSocket") == 2
