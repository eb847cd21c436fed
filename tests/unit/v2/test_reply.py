"""When an answer may take the short way to its client."""

from __future__ import annotations

from typing import Any

from support.network import NetworkLayer
from support.sockets import Server
from support.waiting import run, until

from compat.v2 import wire
from compat.v2.reply import ReplyChannel


class Client:
    """A reply channel, and what has come to its client."""

    def __init__(self, server: Server) -> None:
        self.layer = server.layer.native
        self.delivered: list[Any] = []
        self.reply = ReplyChannel(server.service, self.deliver)

    async def deliver(self, content: dict[Any, Any]) -> None:
        self.delivered.append(content["text"])

    async def open(self) -> None:
        await self.reply.new_name("websocket.send!")
        self.reply.open()

    async def gets(self, mark: int) -> None:
        """Something with this mark comes over the network, and is done with."""
        for event in ({"text": "marked", wire.FENCE: mark}, {"text": "after it"}):
            count = len(self.delivered) + 1
            fence = {wire.FENCE: event.pop(wire.FENCE)} if wire.FENCE in event else {}
            await self.layer.send(self.reply.name, {**wire.to_network(event), **fence})
            await until(lambda: len(self.delivered) == count)  # noqa: B023 (awaited here)


def test_what_overtook_a_send_does_not_tell_that_it_has_come() -> None:
    async def main() -> list[bool]:
        caught_up = []
        async with Server(lambda channel, content: None, NetworkLayer()) as server:
            client = Client(server)
            await client.open()
            reply = client.reply
            with reply.on_the_way() as slow:
                with reply.on_the_way() as quick:
                    pass
                await client.gets(quick)
                caught_up.append(reply.caught_up())
            await client.gets(slow)
            caught_up.append(reply.caught_up())
            with reply.on_the_way() as alone:
                caught_up.append(reply.caught_up())
            await client.gets(alone)
            caught_up.append(reply.caught_up())
            reply.close()
        return caught_up

    # After the slow one it could be, but that is not known: it takes one more that nothing has run beside.
    assert run(main()) == [False, False, False, True]


def test_what_comes_is_put_before_it_counts_as_come() -> None:
    async def main() -> list[bool]:
        caught_up = []
        async with Server(lambda channel, content: None, NetworkLayer()) as server:
            client = Client(server)
            await client.open()
            put = client.reply.put

            def watched(content: Any) -> bool:
                caught_up.append(client.reply.caught_up())
                return put(content)

            client.reply.put = watched  # type: ignore[method-assign]
            with client.reply.on_the_way() as mark:
                pass
            await client.gets(mark)
            client.reply.close()
        return caught_up

    assert run(main()) == [False, True]
