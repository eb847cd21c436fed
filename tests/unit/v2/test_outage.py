"""A network that does not answer for a while: who waits, what is logged, and what is as before in the end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from support.network import NetworkLayer
from support.sockets import Server
from support.waiting import DEADLINE, in_executor, run, turns, until

from compat.v2 import outage, versions
from compat.v2.outage import Outage


class Unreliable(NetworkLayer):
    """Nothing comes through while it is ``away``, or of the methods named in ``refused``."""

    away = False
    refused: tuple[str, ...] = ()
    # What rejoining a room waits for, if anything; how many have begun to.
    gate: asyncio.Event | None = None
    rejoining = 0

    def _used(self) -> None:
        super()._used()
        if self.away:
            raise ConnectionError("away")

    async def send(self, channel: str, message: Any) -> None:
        if "send" in self.refused:
            raise ConnectionError("full")
        await super().send(channel, message)

    async def group_add(self, group: str, channel: str) -> None:
        if "group_add" in self.refused:
            raise ConnectionError("full")
        if self.gate is not None and group == "room":
            self.rejoining += 1
            await self.gate.wait()
        await super().group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        if "group_discard" in self.refused:
            raise ConnectionError("broken")
        await super().group_discard(group, channel)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_RETRY_PAUSE", 0)


def join(channel: str, content: Any) -> None:
    pass


def test_all_wait_for_one_task_and_one_line_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        asked, back = [], asyncio.Event()

        async def mend() -> None:
            asked.append(1)
            if not back.is_set():
                raise ConnectionError("away")

        outage = Outage(mend)
        waiting = [outage.begin(ConnectionError("gone")) for _ in range(100)]
        assert len(set(waiting)) == 1
        while len(asked) < 3:
            await turns(1)
        assert outage.lasts
        back.set()
        await waiting[0]
        assert not outage.lasts

    run(main())
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_sockets_are_in_their_groups_again_after_redis_forgot_them() -> None:
    async def main() -> Any:
        native = Unreliable()
        async with Server(join, native) as server:
            client = await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.store.groups.clear()
            await server.layer.outage.begin(ConnectionError("gone"))
            await in_executor(server.layer.send_group, "room", {"text": "x"})
            return await client.frames(1)

    assert run(main()) == ["x"]


def test_a_socket_that_closes_meanwhile_leaves_its_groups_afterwards() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            client = await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.away = True
            client.disconnect()
            await server.end()
            while not server.layer.outage.lasts:
                await turns(1)
            assert native.store.groups == {"room": {channel}}
            native.away = False
            while server.layer.outage.lasts:
                await turns(1)
            assert native.store.groups == {}
            assert not native.receive_buffer

    run(main())


def test_a_listener_ends_also_when_the_word_that_it_shall_is_lost() -> None:
    class Forgetful(Unreliable):
        """As channels_redis: an error takes along what had come before it."""

        lost = False

        async def receive(self, channel: str) -> Any:
            event = await super().receive(channel)
            if event["type"] == versions.ENDED and not self.lost:
                self.lost = True
                raise ConnectionError("gone")
            return event

    async def main() -> None:
        native = Forgetful()
        async with Server(join, native) as server:
            client = await server.connect()
            (reply,) = server.layer._replies.values()
            client.disconnect()
            await until(lambda: native.lost)
            assert reply._listener is not None
            await asyncio.wait_for(reply._listener, DEADLINE)

    run(main())


def test_answers_to_own_clients_find_their_way_while_the_network_refuses_them() -> None:
    async def main() -> Any:
        native = Unreliable()
        async with Server(join, native) as server:
            client = await server.connect()
            (channel,) = server.layer._replies
            native.refused = ("send",)
            await in_executor(server.layer.send, channel, {"text": "x"})
            with pytest.raises(ConnectionError):
                await in_executor(server.layer.send, "another", {"text": "y"})
            return await client.frames(1)

    assert run(main()) == ["x"]


def test_what_is_sent_while_sockets_rejoin_keeps_its_order() -> None:
    def to_group_then_self(channel: str, content: Any) -> None:
        if channel == "websocket.receive":
            server.layer.send_group("room", {"text": "first"})
            server.layer.send(content["reply_channel"], {"text": "second"})
            sent.set()

    async def main() -> Any:
        native.gate = None
        async with server:
            client = await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.gate = asyncio.Event()
            # Its listener fails on the next message, and waits for the end of what it takes for an outage.
            native.failures.append(ConnectionError("gone"))
            await in_executor(server.layer.send, channel, {"text": "before"})
            assert await client.frames(1) == ["before"]
            await until(lambda: native.rejoining)
            client.text("go")
            await in_executor(sent.wait, DEADLINE)
            native.gate.set()
            return await client.frames(2)

    native, sent = Unreliable(), threading.Event()
    server = Server(to_group_then_self, native)
    assert run(main()) == ["first", "second"]


def test_a_socket_that_cannot_leave_while_others_rejoin_has_left_in_the_end() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.store.groups["other"] = {"specific.closed!a"}
            native.gate = asyncio.Event()
            end = server.layer.outage.begin(ConnectionError("gone"))
            await until(lambda: native.rejoining)
            native.refused = ("group_discard",)
            error = await in_executor(server.layer.leave, "specific.closed!a", "other")
            native.refused = ()
            assert error is not None
            assert server.layer.outage.begin(error) is end
            native.gate.set()
            await end
            assert native.store.groups == {"room": {channel}}

    run(main())


def test_who_leaves_a_group_while_sockets_rejoin_is_out_of_it() -> None:
    class Overtaken(Unreliable):
        """Sockets have rejoined before the answer to the first who leaves is here."""

        end: asyncio.Future[None] | None = None

        async def group_discard(self, group: str, channel: str) -> None:
            await super().group_discard(group, channel)
            if group == "room" and self.end is not None:
                end, self.end = self.end, None
                self.gate.set()  # type: ignore[union-attr]
                await end

    async def main() -> None:
        native = Overtaken()
        async with Server(join, native) as server:
            await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.gate = asyncio.Event()
            native.end = server.layer.outage.begin(ConnectionError("gone"))
            await until(lambda: native.rejoining)
            await in_executor(server.layer.group_discard, "room", channel)
            assert native.store.groups == {}

    run(main())


def test_who_could_not_leave_a_group_is_still_in_it_after_the_outage() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            native.refused = ("group_discard",)
            with pytest.raises(ConnectionError):
                await in_executor(server.layer.group_discard, "room", channel)
            native.refused = ()
            native.store.groups.clear()
            await server.layer.outage.begin(ConnectionError("gone"))
            assert native.store.groups == {"room": {channel}}

    run(main())


def test_a_layer_that_lets_no_strangers_join_recovers() -> None:
    class OwnChannelsAlone(NetworkLayer):
        async def group_add(self, group: str, channel: str) -> None:
            if channel not in server.layer._replies:
                raise RuntimeError("not in this process")
            await super().group_add(group, channel)

    async def main() -> Any:
        async with server:
            client = await server.connect()
            (channel,) = server.layer._replies
            await in_executor(server.layer.group_add, "room", channel)
            await server.layer.outage.begin(ConnectionError("gone"))
            await in_executor(server.layer.send_group, "room", {"text": "x"})
            return await client.frames(1)

    server = Server(join, OwnChannelsAlone())
    assert run(main()) == ["x"]


def test_nobody_comes_in_while_it_lasts() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            native.away = True
            end = server.layer.outage.begin(ConnectionError("gone"))
            client, task = server.accept()
            client.connect()
            await task
            assert client.sent == [{"type": "websocket.close"}]
            assert not server.layer._replies
            native.away = False
            await end
            await server.connect()

    run(main())


@pytest.mark.parametrize("others_rejoin", [False, True])
def test_who_cannot_join_is_in_the_group_in_the_end(others_rejoin: bool) -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            await server.connect()
            (channel,) = server.layer._replies
            if others_rejoin:
                await in_executor(server.layer.group_add, "room", channel)
                native.gate = asyncio.Event()
                server.layer.outage.begin(ConnectionError("gone"))
                await until(lambda: native.rejoining)
            native.refused = ("group_add",)
            with pytest.raises(ConnectionError):
                await in_executor(server.layer.group_add, "other", channel)
            assert server.layer.outage.lasts
            native.refused = ()
            if native.gate is not None:
                native.gate.set()
            await until(lambda: not server.layer.outage.lasts)
            assert native.store.groups["other"] == {channel}

    run(main())


def test_who_could_not_join_and_has_gone_is_in_no_group() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            client = await server.connect()
            (channel,) = server.layer._replies
            native.away = True
            with pytest.raises(ConnectionError):
                await in_executor(server.layer.group_add, "room", channel)
            client.disconnect()
            await server.end()
            native.away = False
            await until(lambda: not server.layer.outage.lasts)
            assert native.store.groups == {}

    run(main())


def test_a_socket_that_closes_does_not_end_the_outage_for_others() -> None:
    async def main() -> None:
        native = Unreliable()
        async with Server(join, native) as server:
            native.away = True
            waiting = [asyncio.ensure_future(server.layer.receive_event(f"specific.x!{name}")) for name in "ab"]
            await until(lambda: server.layer.outage.lasts)
            await turns()
            waiting[0].cancel()
            await turns()
            assert server.layer.outage.lasts
            assert not waiting[1].done()
            waiting[1].cancel()
            native.away = False
            await asyncio.wait(waiting)

    run(main())
