"""A network that does not answer for a while: who waits, what is logged, and what is as before in the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.network import NetworkLayer
from support.sockets import Server
from support.waiting import in_executor, run, turns

from compat.v2 import outage
from compat.v2.outage import Outage


class Unreliable(NetworkLayer):
    """Nothing comes through while it is ``away``, or of the methods named in ``refused``."""

    away = False
    refused: tuple[str, ...] = ()

    def _used(self) -> None:
        super()._used()
        if self.away:
            raise ConnectionError("away")

    async def send(self, channel: str, message: Any) -> None:
        if "send" in self.refused:
            raise ConnectionError("full")
        await super().send(channel, message)


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
