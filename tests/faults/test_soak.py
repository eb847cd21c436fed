"""Mixed traffic on two web processes and two workers, for a moment or, by ``--soak MINUTES``, for long."""

from __future__ import annotations

import asyncio
import itertools
import json
import resource
import statistics
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conformance.client import Client

from .site import LONG_PATIENCE, PATIENCE, Site, leaked, leave, text_of, until

# Sockets that are in one group and play with each other; the last one has a session instead.
SEATS = 10
# Tables that play at the same time: what they send must fit into the channels of the layer, which drops the rest.
AT_ONCE = 10
TABLES, TABLES_OF_LONG_FORM = 8, 200
ROUNDS = 3
# How much more memory a process may have at the end than after it has warmed up, and what part of the time that takes.
GROWTH, WARM_UP = 0.02, 0.25


class Table:
    """Sockets, in turn on each of the web processes. What each of them is owed comes, and nothing else."""

    def __init__(self, site: Site, ports: list[int], name: str) -> None:
        self.site, self.ports, self.name = site, ports, name
        self.clients: list[Client] = []
        self.frames = self.works = 0

    async def open(self) -> None:
        for seat in range(SEATS):
            self.clients.append(await self._sit(seat))

    async def _sit(self, seat: int) -> Client:
        port = self.ports[seat % len(self.ports)]
        if seat == SEATS - 1:
            return await self.site.client(port, "/user")
        client = await self.site.client(port)
        client.send(json.dumps([["add", self.name], ["reply", {"text": "joined"}]]))
        await text_of(client, "joined")
        return client

    async def play(self, number: int) -> None:
        """Every kind of traffic at once. Then one leaves, in one of the ways to do that, and another comes."""
        owed: dict[Client, list[str]] = {client: [] for client in self.clients}
        *members, user = self.clients
        for client in members:
            for each in range(3):
                client.send(f"echo echo {number}.{each}")
                owed[client].append(f"echo {number}.{each}")
        for sender, each in itertools.product((number % 4, 4 + number % 4), range(2)):
            members[sender].send(f"group {self.name} from{sender} {number}.{each}")
            for client in members:
                owed[client].append(f"from{sender} {number}.{each}")
        worked = members[number % len(members)]
        for each in range(2):
            worked.send(f"work work{each} {number}")
            owed[worked].append(f"work{each} {number}")  # by two workers: in any order
        self.works += 2
        members[0].send("users all")
        owed[members[0]].append("0")
        members[1].send(bytes([number % 256]))
        owed[members[1]].append(f"{number % 256:02x}")
        for text in (f"keep {number}", "hello"):
            user.send(text)
            owed[user].append(f"nobody keep {number}")
        for client, expected in owed.items():
            await self.get(client, expected)
        await self.replace(number % SEATS, number)

    async def get(self, client: Client, expected: list[str]) -> None:
        """Exactly these come; those with the same first word in this order."""
        frames = await client.expect(len(expected))
        got = [frame.get("text", frame.get("binary")) for frame in frames]
        assert sorted(got, key=_source) == sorted(expected, key=_source), (self.name, client.name)
        self.frames += len(expected)
        client.seen.clear()

    async def replace(self, seat: int, number: int) -> None:
        """One leaves, while something is under way to it; another comes."""
        goes = self.clients[seat]
        stay = [client for client in self.clients[:-1] if client is not goes]
        frames = [f"bye {number}.{each}" for each in range(3)]
        for text in frames:
            stay[0].send(f"group {self.name} {text}")
        await self._leave(goes, number)
        for client in stay:
            await self.get(client, frames)
        self.clients[seat] = await self._sit(seat)

    async def close(self) -> None:
        for number, client in enumerate(self.clients):
            await self._leave(client, number)

    async def _leave(self, client: Client, number: int) -> None:
        assert client.queue.empty(), f"{self.name}: not owed {client.queue}"
        await leave(client, number % 3)
        self.site.clients.remove(client)


def _source(text: str) -> str:
    return text.partition(" ")[0]


class Soak:
    """The site, and what is measured of it."""

    def __init__(self, site: Site, tables: int) -> None:
        self.site = site
        # As the guide says for daphne: of itself glibc keeps what it gets back there, in pieces.
        self.ports = [site.web("daphne", MALLOC_MMAP_THRESHOLD_="65536"), site.web("uvicorn")]
        self.workers = [site.worker(), site.worker()]
        self.tables = [Table(site, self.ports, f"table-{number}") for number in range(tables)]
        # Of each process: bytes in memory; of web processes also Python's blocks.
        self.memory: dict[str, list[int]] = {}
        self.opened = self.works = 0

    async def begin(self) -> list[dict[str, Any]]:
        """Learn how the web processes are when they have seen all there is, and nobody is left."""
        first = Table(self.site, self.ports, "first")
        await first.open()
        for number in range(ROUNDS):
            await first.play(number)
        await first.close()
        self.opened, self.works = SEATS + ROUNDS, first.works
        return [await until("all have gone", lambda port=port: self.site.nobody(port)) for port in self.ports]

    async def end(self, before: list[dict[str, Any]]) -> None:
        """When nobody is left, the web processes come to be as they were ``before``."""
        for port, state in zip(self.ports, before):
            await until("nothing stays", lambda port=port, state=state: self.site.nobody(port, state))

    async def all_tables(self, do: Callable[[Table], Any]) -> None:
        """``await do(table)`` for each, some at once."""
        waiting = iter(self.tables)

        async def one_after_another() -> None:
            for table in waiting:
                await do(table)

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def round(self, number: int) -> list[dict[str, Any]]:
        """All tables play, one sends to everybody; how the web processes are then."""
        await self.all_tables(lambda table: table.play(number))
        sender = self.tables[number % len(self.tables)].clients[number % (SEATS - 1)]
        sender.send(f"group everybody all {number}")
        for table in self.tables:
            for client in table.clients[:-1]:
                await table.get(client, [f"all {number}"])
        states = [await until("nothing is left over", lambda port=port: self._settled(port)) for port in self.ports]
        for process, state in zip(("daphne", "uvicorn"), states):
            for kind in ("memory", "blocks"):
                self.memory.setdefault(f"{process}, {kind}", []).append(state[kind])
        for place, worker in enumerate(self.workers):
            self.memory.setdefault(f"worker {place}, memory", []).append(self.site.memory_of(worker))
        return states

    async def _settled(self, port: int) -> dict[str, Any] | None:
        """The state of a web process that knows the clients that are there, and only these."""
        state = await self.site.state(port)
        sockets = len(self.tables) * SEATS
        share = sockets // len(self.ports)
        kept = [state["replies"], state["groups"], state["members"], state["databases"]]
        settled = kept == [share, share, sockets - len(self.tables), 0] and state["buffers"] <= share + 1
        return state if settled else None

    def groups(self) -> list[bytes]:
        """The keys of the groups that have members."""
        return [key for key in self.site.redis.lines("KEYS", "*") if b":group:" in key]

    def growth(self) -> dict[str, float]:
        """By how much the memory of each process has grown since it had warmed up."""
        found = {}
        for process, samples in self.memory.items():
            warm = samples[int(len(samples) * WARM_UP) :]
            part = -(-len(warm) // 5)
            found[process] = statistics.median(warm[-part:]) / statistics.median(warm[:part]) - 1
        return found


@pytest.fixture
def open_files(soak_minutes: float) -> Iterator[None]:
    """As many as the long form needs: of this process, and of those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = TABLES_OF_LONG_FORM * SEATS + 1000
    if not soak_minutes or soft >= wanted:
        yield
        return
    assert hard == resource.RLIM_INFINITY or hard >= wanted, f"the long form needs {wanted} open files (ulimit -Hn)"
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.every_stack
@pytest.mark.usefixtures("open_files")
def test_mixed_traffic(make_site: Callable[..., Site], soak_minutes: float) -> None:
    site = make_site(CHANNELS_COMPAT={"WORKER_CHANNELS": ["work"]})
    soak = Soak(site, TABLES_OF_LONG_FORM if soak_minutes else TABLES)

    async def scenario() -> None:
        before = await soak.begin()
        await soak.all_tables(Table.open)
        end = time.monotonic() + 60 * soak_minutes
        rounds = 0
        first = last = await soak.round(rounds)
        while (time.monotonic() < end) if soak_minutes else (rounds < ROUNDS):
            rounds += 1
            last = await soak.round(rounds)
        assert len(soak.groups()) == len(soak.tables) + 1
        await soak.all_tables(Table.close)
        await soak.end(before)

        opened = soak.opened + len(soak.tables) * (SEATS + rounds + 1)
        assert len(site.events("disconnect")) == opened
        assert len(site.events("work")) == soak.works + sum(table.works for table in soak.tables)
        assert site.logged("") == 0
        assert site.redis.command("DBSIZE") == b":0"
        assert [leaked(*states) for states in zip(first, last)] == [[], []]
        if soak_minutes:
            report(rounds + 1, opened, first, last)
            assert {kept: grown for kept, grown in soak.growth().items() if grown > GROWTH} == {}

    def report(rounds: int, opened: int, first: list[dict[str, Any]], last: list[dict[str, Any]]) -> None:
        frames = sum(table.frames for table in soak.tables)
        print(f"\n{len(soak.tables) * SEATS} sockets, {rounds} rounds, {frames:,} frames to clients, {opened} opened")
        for process, grown in soak.growth().items():
            millions = [f"{sample / 10**6:.2f}" for sample in soak.memory[process]]
            print(f"{process}: {grown:+.2%}; millions: {' '.join(millions[:: max(1, rounds // 12)])}")
        for one, other in zip(first, last):
            print({kept: (one[kept], other[kept]) for kept in ("tasks", "threads", "files", "databases", "buffers")})

    site.run(scenario, 4 * PATIENCE + 60 * soak_minutes + (LONG_PATIENCE if soak_minutes else 0))
