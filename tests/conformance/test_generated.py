"""Generated programs on every stack, the old one too: what each client sees must be allowed (generated.py)."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from .client import DEADLINE, Client
from .conftest import SEED, Plan, option
from .generated import SCRIPT, Delivery, Resolved, Round, Run, name_of, name_of_group, resolve, show, violations
from .stacks import Pool, Running, Stack

PROJECT = "generated"


class Player:
    """Plays scripts one after another on sockets that stay open."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.loop = asyncio.new_event_loop()
        self.control = Client("control", running.port)
        self.control_name = ""
        self.clients: dict[int, Client] = {}
        self.names: dict[int, str] = {}
        self.arrived: set[str] = set()
        self.played = 0
        self.opened = 0
        self.raises = 0

    # -- sockets -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        await self.control.open("/control")
        self.control_name = await self.control.text()

    async def need(self, count: int) -> None:
        """Have that many sockets open; reopen those that a script has closed."""
        for number in range(count):
            if number not in self.clients:
                self.opened += 1
                label = f"s{self.opened}"
                client = Client(label, self.running.port)
                await client.open(f"/run/{self.control_name}/{label}")
                self.names[number] = await client.text()
                self.clients[number] = client
                client.seen.clear()

    async def marks(self, wanted: set[str]) -> None:
        """Wait for these; others may come first: a disconnect before the end of the run that closed the socket."""
        while not wanted <= self.arrived:
            self.arrived.add(await self.control.text())
        self.arrived -= wanted

    # -- playing -----------------------------------------------------------------------------------------

    async def play(self, resolved: Resolved) -> list[str]:
        """The rules that were broken, if any."""
        self.played += 1
        await self.need(resolved.clients)
        for number, round_ in enumerate(resolved.rounds):
            try:
                found = await self.play_round(number, round_)
            except AssertionError as error:
                # a frame or a mark that never came
                found = [str(error)]
                for client in round_.expected:
                    found += violations(round_, client, self.clients[client].seen)
            if found:
                seen = {client: self.clients[client].seen for client in round_.expected}
                return [f"round {number}: {each}" for each in found] + [f"seen: {json.dumps(seen)}"]
        self.raises += resolved.raises
        return await self.nothing_else()

    async def play_round(self, number: int, round_: Round) -> list[str]:
        if round_.kind == "client closes":
            assert round_.closes is not None
            client = self.clients.pop(round_.closes)
            await client.close()
            await self.marks({f"gone {client.name}"})
            return []
        for client in round_.expected:
            self.clients[client].seen.clear()
        for run in round_.started_by_clients:
            request = {"operations": self.operations(run, number, round_), "mark": self.mark(run, number)}
            self.clients[run.client].send(json.dumps(request))
        await self.marks({self.mark(run, number) for run in round_.runs})
        found: list[str] = []
        for client, expected in round_.expected.items():
            closing = round_.closes == client
            await self.clients[client].expect(sum(len(each.frames) for each in expected) + closing)
            found += violations(round_, client, list(self.clients[client].seen))
        if round_.closes is not None:
            await self.marks({f"gone {self.clients[round_.closes].name}"})
            if not found:
                del self.clients[round_.closes]
        return found

    def mark(self, run: Run, number: int) -> str:
        return f"{self.played}.{number}.{run.number}"

    def operations(self, run: Run, number: int, round_: Round) -> list[Any]:
        """With the names of this run's channels and groups put in."""
        shown = json.dumps([
            ["send", "generated.run", {
                "operations": self.operations(round_.runs[operation[1]], number, round_),
                "mark": self.mark(round_.runs[operation[1]], number),
                "control": self.control_name,
                "reply_channel": name_of(run.client),
            }] if operation[0] == "custom" else operation
            for operation in run.operations
        ])
        for client, name in self.names.items():
            shown = shown.replace(name_of(client), name)
        for group in range(10):
            shown = shown.replace(name_of_group(group), f"generated.{self.played}.{group}")
        operations: list[Any] = json.loads(shown)
        return operations

    async def nothing_else(self) -> list[str]:
        """A round trip on each socket: a frame that nobody expects would come before its answer."""
        for number, client in self.clients.items():
            probe = {"operations": [["reply", {"text": "probe"}]], "mark": f"probe {number}"}
            client.send(json.dumps(probe))
        await self.marks({f"probe {number}" for number in self.clients})
        for number, client in self.clients.items():
            (frame,) = await client.expect()
            if frame != {"text": "probe"}:
                return [f"rule 1: client {number} got {frame} that nobody sent to it"]
        return []

    # -- the end -----------------------------------------------------------------------------------------

    def run(self, resolved: Resolved) -> list[str]:
        return self.loop.run_until_complete(self.play(resolved))

    def all_raises_logged(self) -> bool:
        """Each raise of a program is one error in the log; the last may take its time."""
        end = time.monotonic() + DEADLINE
        while True:
            text = self.running.observed.read_text("ascii")
            if text.count('"event": "log"') == self.raises:
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.01)

    def close(self) -> None:
        async def abandon() -> None:
            for client in [self.control, *self.clients.values()]:
                client.abandon()
            await asyncio.sleep(0)

        self.loop.run_until_complete(abandon())
        self.loop.close()


def test_generated(place: tuple[Stack, str], plan: Plan, pool: Pool, pytestconfig: pytest.Config) -> None:
    stack, layer = place
    count, seed_value = option(pytestconfig, "generated"), pytestconfig.stash[SEED]
    running = pool.get(stack, layer, PROJECT, plan.server)
    # the log is compared with what this test does, so an earlier run's lines must not be there
    running.observed.write_bytes(b"")
    player = Player(running)
    failure: list[str] = []

    @seed(seed_value)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SCRIPT)
    def programs(script: Any) -> None:
        if failure:
            return
        resolved = resolve(script)
        found = player.run(resolved)
        if found:
            failure.extend([*found, "", show(resolved)])

    try:
        player.loop.run_until_complete(player.start())
        programs()
        if not failure and not player.all_raises_logged():
            failure.append(f"{player.raises} consumers raised, but not as many errors were logged")
    except BaseException:
        pool.discard(running)
        raise
    finally:
        player.close()
    if failure:
        pool.discard(running)
        again = f"--stack {stack.name}=... --layer {layer} --generated {count} --generated-seed {seed_value}"
        text = "\n".join(failure)
        pytest.fail(f"program {player.played} of {count}\n{text}\n\nagain: {again}\n{running.logs()}", pytrace=False)


# -- the oracle itself ---------------------------------------------------------------------------------------


def text(*words: str) -> list[dict[str, str]]:
    return [{"text": word} for word in words]


RUNS = [Run(0, 0, []), Run(1, 0, []), Run(2, 0, [], parent=0, born=1)]
EXPECTED = [
    Delivery(0, 0, (("text", "a"),)),
    Delivery(0, 2, (("text", "b"),)),
    Delivery(1, 0, (("text", "c"),)),
    Delivery(2, 0, (("text", "d"),)),
]


@pytest.mark.parametrize(("seen", "broken"), [
    (text("a", "b", "c", "d"), None),
    (text("c", "a", "d", "b"), None),
    (text("a", "d", "b", "c"), None),
    (text("b", "a", "c", "d"), "rule 2"),
    (text("d", "a", "b", "c"), "rule 3"),
    (text("a", "b", "c"), "rule 1"),
    (text("a", "b", "c", "d", "d"), "rule 1"),
    ([*text("a", "b", "c"), {"binary": "64"}], "rule 1"),
])
def test_oracle(seen: list[dict[str, str]], broken: str | None) -> None:
    found = violations(Round("run", RUNS, None, {0: EXPECTED}), 0, seen)
    assert [each[:6] for each in found] == ([broken] if broken else [])


def test_oracle_keeps_two_frames_together() -> None:
    expected = [Delivery(0, 0, (("binary", "61"), ("text", "a"))), Delivery(1, 0, (("text", "c"),))]
    round_ = Round("run", RUNS, None, {0: expected})
    assert violations(round_, 0, [{"binary": "61"}, *text("a", "c")]) == []
    assert "rule 4" in violations(round_, 0, [{"binary": "61"}, *text("c", "a")])[0]


def test_oracle_wants_the_close_last() -> None:
    round_ = Round("server closes", RUNS, 0, {0: EXPECTED[:1]})
    assert violations(round_, 0, [*text("a"), {"closed": 1005}]) == []
    assert "rule 5" in violations(round_, 0, [{"closed": 1005}, *text("a")])[0]


@settings(max_examples=300, database=None, derandomize=True)
@given(st.data())
def test_scripts_resolve(data: st.DataObject) -> None:
    """Every script has a certain outcome within the capacity of the smallest layer."""
    resolved = resolve(data.draw(SCRIPT))
    for round_ in resolved.rounds:
        assert all(len(expected) <= 8 for expected in round_.expected.values())
        started = [operation[1] for run in round_.runs for operation in run.operations if operation[0] == "custom"]
        assert sorted(started) == [run.number for run in round_.runs if run.parent is not None]
