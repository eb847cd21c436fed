"""Clients and consumers that hang, fail, come and go: nobody else is to notice."""

from __future__ import annotations

import asyncio
from typing import Callable

import pytest

from .site import LONG_PATIENCE, PATIENCE, Site, answered, leave, until

both_servers = pytest.mark.parametrize("server", ["daphne", "uvicorn"])
# Memory of a process may grow by so much while others send to a client that does not read.
ROOM = 30 * 1024 * 1024


# Servers give up clients that do not answer a ping; by themselves after some more seconds.
IMPATIENT = {
    "daphne": ("--ping-interval", "1", "--ping-timeout", "2"),
    "uvicorn": ("--ws-ping-interval", "1", "--ws-ping-timeout", "2"),
}


@both_servers
def test_a_client_that_never_reads(make_site: Callable[..., Site], server: str) -> None:
    site = make_site(CHANNELS_COMPAT={"OUTBOX": 50})
    port = site.web(server)

    async def scenario() -> None:
        deaf, sender = await site.clients_on(port, each=2)
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        before = (await site.state(port))["memory"]
        text = "x" * 50_000
        for number in range(1000 if server == "uvicorn" else 200):
            await answered(sender, f"group everybody {number}{text}", f"{number}{text}")
        if server == "uvicorn":  # daphne takes all that is sent, until it misses the answer to its ping
            await until("the deaf one misses something", lambda: site.logged("client that does not read"))
            assert (await site.state(port))["memory"] - before < ROOM
        await answered(sender, "echo after")
        deaf.cut()
        await until("it is forgotten", lambda: alone(site, port))

    site.run(scenario)


@both_servers
def test_a_client_that_is_gone_without_a_word(site: Site, server: str) -> None:
    port = site.web(server, *IMPATIENT[server])

    async def scenario() -> None:
        gone, other = await site.clients_on(port, each=2)
        gone.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await until("it is given up", lambda: alone(site, port))
        await answered(other, "echo after")
        assert len(site.events("disconnect")) == 1

    site.run(scenario)


async def alone(site: Site, port: int) -> bool:
    """Whether one client is left."""
    return (await site.state(port))["members"] == 1


@both_servers
@pytest.mark.every_stack
def test_a_client_that_stops_in_the_middle_of_a_frame(site: Site, server: str) -> None:
    port = site.web(server)

    async def scenario() -> None:
        _, connecting = await asyncio.open_connection("127.0.0.1", port)
        connecting.write(b"GET / HTTP/1.1\r\nHost: 127.0")
        slow, quick = await site.clients_on(port, each=2)
        slow.protocol.send_text(b"echo at last")
        frame = b"".join(slow.protocol.data_to_send())
        slow.writer.write(frame[:9])
        await answered(quick, "echo meanwhile")
        slow.writer.write(frame[9:])
        assert await slow.text() == "at last"
        slow.writer.write(frame[:9])
        slow.cut()
        await until("its disconnect consumer runs", lambda: site.events("disconnect"))
        await answered(quick, "echo after")
        connecting.close()

    site.run(scenario)


@pytest.mark.every_stack
def test_a_consumer_that_does_not_come_back(site: Site) -> None:
    port = site.web("daphne")

    async def scenario() -> None:
        stuck, *others = await site.clients_on(port, each=5)
        stuck.send("hold gate")
        for number in range(200):  # more than wait for one socket's consumer
            stuck.send(f"echo {number}")
        await until("it hangs", lambda: site.events("held"))
        for client in others:
            await answered(client, "echo meanwhile")
            await answered(client, "work too")
        site.open_gate("gate")
        assert [await stuck.text() for _ in range(201)] == ["gate", *map(str, range(200))]

    site.run(scenario)


@pytest.mark.every_stack
def test_a_consumer_that_raises_each_time(site: Site) -> None:
    port = site.web("daphne")

    async def scenario() -> None:
        unlucky, other = await site.clients_on(port, each=2)
        for number in range(50):
            unlucky.send(f"fail {number}")
        await answered(unlucky, "echo still here")
        await answered(other, "echo me too")
        assert site.logged("Error processing message with consumer") == 50

    site.run(scenario)


@pytest.mark.every_stack
def test_the_event_loop_blocked(site: Site) -> None:
    here, there = site.web("daphne"), site.web("uvicorn")

    async def scenario() -> None:
        waits, sends = await site.clients_on(here, there)
        blocking = await site.client(here, "/native")
        blocking.send("gate")
        await until("a native consumer blocks", lambda: site.events("blocked"))
        sent = [str(number) for number in range(20)]
        for text in sent:
            await answered(sends, f"group everybody {text}", text)
            waits.send(f"echo own {text}")
        site.open_gate("gate")
        texts = [await waits.text() for _ in range(2 * len(sent))]
        assert [text for text in texts if not text.startswith("own")] == sent
        assert [text for text in texts if text.startswith("own")] == [f"own {text}" for text in sent]

    site.run(scenario)


@both_servers
@pytest.mark.every_stack
def test_many_that_come_and_go(site: Site, server: str, soak_minutes: float) -> None:
    port = site.web(server)
    rounds, at_once = (500 if soak_minutes else 10), 20

    async def scenario() -> None:
        await come_and_go(0)
        before = await until("all have gone", lambda: site.nobody(port))
        for number in range(rounds):
            await come_and_go(number)
        await until("nothing stays", lambda: site.nobody(port, before))
        assert len(site.events("disconnect")) == (rounds + 1) * at_once

    async def come_and_go(number: int) -> None:
        clients = await asyncio.gather(*(site.client(port) for _ in range(at_once)))
        for client in clients:
            client.send("users all")
        if number % 2:
            await asyncio.gather(*(client.text() for client in clients))
        await asyncio.gather(*(leave(client, place % 3) for place, client in enumerate(clients)))
        site.clients.clear()

    site.run(scenario, LONG_PATIENCE if soak_minutes else 3 * PATIENCE)
