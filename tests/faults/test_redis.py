"""Redis goes, stands still, or is full, in the middle of everything."""

from __future__ import annotations

import signal
from typing import Callable

import pytest
from conformance.client import Client

from .site import Site, answered, text_of, until

AWAY = "The channel layer does not answer"
BACK = "The channel layer answers again"


@pytest.mark.every_stack
def test_redis_restarted(site: Site) -> None:
    here, there = site.web("daphne"), site.web("uvicorn")

    async def scenario() -> None:
        clients = await site.clients_on(here, there, each=5)
        clients[0].send("group everybody before")
        for client in clients:
            await text_of(client, "before")

        site.redis.kill()
        await until("the outage is logged by both", lambda: site.logged(AWAY) == 2)
        for client in clients:  # what needs no other process goes on
            await answered(client, "echo alone")
        site.redis.start()
        await until("the end of it is logged", lambda: site.logged(BACK) == 2)

        for number, client in enumerate(clients):
            client.send(f"group everybody after-{number}")
            for each in clients:
                await text_of(each, f"after-{number}")
        await answered(clients[0], "work done")
        assert site.logged(AWAY) == 2, "not once for each socket"

    site.run(scenario)


@pytest.mark.every_stack
def test_a_socket_that_closes_while_redis_is_away(site: Site) -> None:
    site.redis.options = ["--appendonly", "yes", "--appendfsync", "always"]
    site.redis.restart()
    port = site.web("uvicorn")

    async def scenario() -> None:
        leaves, stays = await site.clients_on(port, each=2)
        await answered(leaves, "echo hello")
        site.redis.kill()
        await leaves.close()
        await until("its consumer ran", lambda: site.events("disconnect"))
        await until("the outage is noticed", lambda: site.logged(AWAY))
        site.redis.start()
        await until("only one is a member, of a Redis that has forgotten nothing", lambda: only_one(port))
        await answered(stays, "group everybody hello", "hello")
        state = await site.state(port)
        assert (state["replies"], state["groups"]) == (1, 1)

    async def only_one(port: int) -> bool:
        return bool(site.logged(BACK)) and (await site.state(port))["members"] == 1

    site.run(scenario)


@pytest.mark.every_stack
def test_sockets_that_are_opened_while_redis_is_away(make_site: Callable[..., Site]) -> None:
    site = make_site(CHANNELS_COMPAT={"WORKER_CHANNELS": ["work"]})  # no process waits for Redis before it has a socket
    ports = [site.web("daphne"), site.web("uvicorn")]

    async def scenario() -> None:
        site.redis.kill()
        first = [await site.client(port) for port in ports]
        await until("the outage is noticed by both", lambda: site.logged(AWAY) == 2)
        for port in ports:
            late = await site.client(port)
            assert late.seen == [{"refused": 403}]
        for client in first:
            await answered(client, "echo alone")
        site.redis.start()
        await until("the end of it is noticed", lambda: site.logged(BACK) == 2)
        clients = first + await site.clients_on(*ports)
        for number, client in enumerate(clients):
            client.send(f"group everybody {number}")
            for each in clients:
                await text_of(each, f"{number}")
        assert site.logged("Error processing message with consumer") == len(first)
        assert site.logged(AWAY) == 2

    site.run(scenario)


@pytest.mark.every_stack
def test_one_of_several_redis_servers_restarted(make_site: Callable[..., Site]) -> None:
    site = make_site(redis_servers=2)
    ports = [site.web("daphne"), site.web("uvicorn")]
    goes = site.redises[1]

    async def scenario() -> None:
        clients = await site.clients_on(*ports, each=2)
        goes.kill()
        await until("the outage is logged by both", lambda: site.logged(AWAY) == 2)
        for port in ports:
            late = await site.client(port)
            assert late.seen == [{"refused": 403}]
        for client in clients:
            await answered(client, "echo alone")
        for number in range(1, 4):  # half of what is sent; nobody is to wait for the other server
            await until("work goes on", lambda number=number: works(clients[0], number))
        goes.start()
        await until("the end of it is logged", lambda: site.logged(BACK) == 2)
        for number, client in enumerate(clients):
            client.send(f"group everybody after-{number}")
            for each in clients:
                await text_of(each, f"after-{number}")
        assert site.logged(AWAY) == 2, "again and again"

    def works(client: Client, number: int) -> bool:
        client.send("work on")
        return len(site.events("work")) >= number

    site.run(scenario)


@pytest.mark.every_stack
def test_redis_paused(site: Site) -> None:
    here, there = site.web("daphne"), site.web("uvicorn")

    async def scenario() -> None:
        first, second = await site.clients_on(here, there)
        echoing = await site.clients_on(here, there)
        await answered(first, "work before")
        site.redis.signal(signal.SIGSTOP)
        first.send("group everybody one")
        first.send("group everybody two")
        first.send("work three")
        for client in echoing:
            await answered(client, "echo meanwhile")
        site.redis.signal(signal.SIGCONT)
        for client, expected in ((first, ["one", "two", "three"]), (second, ["one", "two"])):
            assert [await client.text() for _ in expected] == expected
        assert site.logged("") == 0

    site.run(scenario)


@pytest.mark.every_stack
def test_redis_full(site: Site) -> None:
    here, there = site.web("daphne"), site.web("uvicorn")

    async def scenario() -> None:
        reader, writer = await site.clients_on(here, there)
        await answered(reader, "echo hello")
        # What waits in Redis for a process that is slow to take it, when the memory is used up:
        stopped = site.process_of(here).popen
        stopped.send_signal(signal.SIGSTOP)
        sent = [str(number) for number in range(5)]
        for text in sent:
            await answered(writer, f"group everybody {text}", text)
        assert site.redis.command("CONFIG", "SET", "maxmemory", "1") == b"+OK"
        stopped.send_signal(signal.SIGCONT)
        taken_at_once = site.stack.name != "channels24"  # channels_redis 2 stores what it takes once more
        if taken_at_once:
            assert [await reader.text() for _ in sent] == sent

        writer.send("group everybody refused")
        await until("the consumer gets the error", lambda: site.logged("Error processing message with consumer"))
        await answered(writer, "echo alone")
        await until("new ones are refused", refused)  # when one could not join, or could not receive
        assert site.redis.command("CONFIG", "SET", "maxmemory", "0") == b"+OK"
        if not taken_at_once:
            assert [await reader.text() for _ in sent] == sent
        await until("a group can be sent to", lambda: arrives(writer))
        await text_of(reader, "again")
        await until("it has room", lambda: site.logged(BACK) == site.logged(AWAY))
        writer.send("group everybody all")
        for client in site.clients:
            if not client.ended:
                await text_of(client, "all")

    async def refused() -> bool:
        return (await site.client(there)).seen == [{"refused": 403}]

    async def arrives(client: Client) -> bool:
        client.send("group everybody again")
        client.send("echo end")
        frames = [await client.text()]
        while frames[-1] != "end":
            frames.append(await client.text())
        return "again" in frames

    site.run(scenario)


@pytest.mark.every_stack
def test_what_waits_for_a_worker_outlives_a_redis_that_keeps_it(make_site: Callable[..., Site]) -> None:
    site = make_site(CHANNELS_COMPAT={"WORKER_CHANNELS": ["work"]})
    site.redis.options = ["--appendonly", "yes", "--appendfsync", "always"]
    site.redis.restart()
    port = site.web("daphne")

    async def scenario() -> None:
        client = await site.client(port)
        sent = [f"job-{number}" for number in range(20)]
        for text in sent:
            client.send(f"work {text}")
        await answered(client, "echo all are sent")
        site.redis.restart()
        await until("the web process is over it", lambda: site.logged(BACK))
        site.worker()
        assert {await client.text() for _ in sent} == set(sent)

    site.run(scenario)
