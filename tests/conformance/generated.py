"""Random consumer programs, and what the old stack allows their clients to see.

A script has rounds. In a round some clients send a program each, all at once; the next round begins when every
run of the round has ended and all its frames have come. A program is a list of operations of one consumer run;
a `custom` operation sends a program to a custom channel, which makes one more run, beside the others.

The oracle (`violations`) rests on these rules of the old stack:

1. What an executed operation sends comes to each addressed socket exactly once, and nothing else comes. A group's
   members are those at the time of the send; `raise` ends a run, what it sent before stays sent.
2. Sends of one run come to a socket in the order they were made, whether they went to its reply channel, by its
   name, or to a group.
3. What a run sent before it sent to a custom channel comes before what the custom consumer sends.
4. The two frames of one dict (binary, then text) come together.
5. A close comes last.
6. Between runs of one round any order will do; frames of a later round come later.

`resolve` drops operations whose outcome would depend on the order of concurrent runs (a group changed by one run
and used by another) and those that would exceed the in-memory layer's capacity of 10 waiting messages.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

# below the 10 messages that the old in-memory layer holds per channel, with room for what is in flight
MOST_MESSAGES = 8
MOST_RUNS = 7
GROUPS = 2
MOST_CLIENTS = 3

# -- scripts as hypothesis draws them ------------------------------------------------------------------------

KINDS = st.sampled_from(["text", "text", "bytes", "both", "empty"])
CLIENT = st.integers(0, MOST_CLIENTS - 1)
GROUP = st.integers(0, GROUPS - 1)

SIMPLE = st.one_of(
    st.tuples(st.just("reply"), KINDS),
    st.tuples(st.just("to"), CLIENT, KINDS),
    st.tuples(st.just("group"), GROUP, KINDS),
    st.tuples(st.just("group"), GROUP, KINDS),
    st.tuples(st.just("add"), GROUP),
    st.tuples(st.just("add"), GROUP),
    st.tuples(st.just("add other"), GROUP, CLIENT),
    st.tuples(st.just("discard"), GROUP),
    st.tuples(st.just("raise")),
)
CUSTOM = st.tuples(st.just("custom"), st.lists(SIMPLE, min_size=1, max_size=3))
PROGRAM = st.lists(st.one_of(SIMPLE, SIMPLE, SIMPLE, CUSTOM), min_size=1, max_size=5)
ROUND = st.one_of(
    st.tuples(st.just("run"), st.lists(st.tuples(CLIENT, PROGRAM), min_size=1, max_size=4)),
    st.tuples(st.just("run"), st.lists(st.tuples(CLIENT, PROGRAM), min_size=1, max_size=2)),
    st.tuples(st.just("run"), st.lists(st.tuples(CLIENT, PROGRAM), min_size=2, max_size=4)),
    st.tuples(st.just("server closes"), CLIENT, PROGRAM),
    st.tuples(st.just("client closes"), CLIENT),
)
# who joins which group in a round before all others: empty groups are dull
MEMBERS = st.lists(st.tuples(GROUP, CLIENT), max_size=4)
SCRIPT = st.tuples(st.integers(1, MOST_CLIENTS), MEMBERS, st.lists(ROUND, min_size=1, max_size=5))


# -- what a script means -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """What one send brings to one client."""

    run: int
    index: int
    frames: tuple[tuple[str, str], ...]


@dataclass
class Run:
    """One consumer run. `parent` and `born` tell which run sent it to the custom channel, and at which index."""

    number: int
    client: int
    drawn: list[Any]
    parent: int | None = None
    born: int = 0
    operations: list[list[Any]] = field(default_factory=list)
    """As the command consumer takes them; `<client 1>` stands for a reply channel's name."""


@dataclass
class Round:
    kind: str
    runs: list[Run]
    closes: int | None = None
    expected: dict[int, list[Delivery]] = field(default_factory=dict)

    @property
    def started_by_clients(self) -> list[Run]:
        return [run for run in self.runs if run.parent is None]


@dataclass
class Resolved:
    clients: int
    rounds: list[Round]
    raises: int


def name_of(client: int) -> str:
    return f"<client {client}>"


def name_of_group(group: int) -> str:
    return f"<group {group}>"


def resolve(script: Any) -> Resolved:
    """Decide who gets what; leaves out operations without a certain outcome."""
    clients, joins, drawn_rounds = script
    if joins:
        join = [("add other", group, client) for group, client in joins]
        drawn_rounds = [("run", [(0, join)]), *drawn_rounds]
    alive = set(range(clients))
    members: dict[int, set[int]] = {group: set() for group in range(GROUPS)}
    tokens = itertools.count(1)
    rounds: list[Round] = []
    raises = 0
    for kind, *drawn in drawn_rounds:
        if kind == "client closes":
            client = drawn[0] % clients
            if client not in alive:
                continue
            rounds.append(Round(kind, [], client))
            alive.discard(client)
            continue
        programs = drawn[0] if kind == "run" else [(drawn[0], drawn[1])]
        programs = [(client % clients, program) for client, program in programs if client % clients in alive]
        if not programs:
            continue
        closes = programs[0][0] if kind == "server closes" else None
        # a custom consumer might still send to a closing socket: the old server does not survive that
        runs = runs_of(programs, 1 if kind == "server closes" else MOST_RUNS)
        round_ = Round(kind, runs, closes, {client: [] for client in alive})
        certain = certain_groups(round_.runs)
        for run in round_.runs:
            raises += execute(run, round_, clients, alive, members, certain, tokens)
        if closes is not None:
            round_.runs[0].operations.append(["reply", {"close": True}])
            alive.discard(closes)
        rounds.append(round_)
    return Resolved(clients, rounds, raises)


def runs_of(programs: list[tuple[int, Any]], most: int) -> list[Run]:
    """The runs of a round, custom ones after those that start them. A raise ends what a run does."""
    runs: list[Run] = []
    for client, program in programs:
        if len(runs) < most:
            runs.append(Run(len(runs), client, list(program)))
    for run in list(runs):
        for index, operation in enumerate(run.drawn):
            if operation[0] == "custom":
                if len(runs) < most:
                    runs.append(Run(len(runs), run.client, list(operation[1]), run.number, index))
                    run.drawn[index] = ("custom run", len(runs) - 1)
                else:
                    run.drawn[index] = ("nothing",)
            elif operation[0] == "raise":
                break
    return runs


def certain_groups(runs: list[Run]) -> set[int]:
    """Groups that may be changed in this round: those that one run alone uses."""
    users: dict[int, set[int]] = {}
    for run in runs:
        for operation in run.drawn:
            if operation[0] in ("group", "add", "add other", "discard"):
                users.setdefault(operation[1], set()).add(run.number)
    return {group for group, numbers in users.items() if len(numbers) == 1}


def execute(
    run: Run, round_: Round, clients: int, alive: set[int], members: dict[int, set[int]], certain: set[int],
    tokens: Any,
) -> int:
    """Play one run's operations on paper; returns the number of raises (0 or 1)."""

    def send(index: int, to: set[int], kind: str) -> dict[str, Any] | None:
        if any(len(round_.expected[client]) >= MOST_MESSAGES for client in to):
            return None
        token = f"t{next(tokens)}"
        binary = ("binary", token.encode().hex())
        content, frames = {
            "text": ({"text": token}, (("text", token),)),
            "bytes": ({"bytes": {"<bytes>": token}}, (binary,)),
            "both": ({"text": token, "bytes": {"<bytes>": token}}, (binary, ("text", token))),
            "empty": ({"text": ""}, ()),
        }[kind]
        for client in to:
            round_.expected[client].append(Delivery(run.number, index, frames))
        return content

    for index, (op, *args) in enumerate(run.drawn):
        if op == "reply":
            content = send(index, {run.client}, args[0])
            if content is not None:
                run.operations.append(["reply", content])
        elif op == "to":
            other = args[0] % clients
            content = send(index, {other}, args[1]) if other in alive else None
            if content is not None:
                run.operations.append(["send", name_of(other), content])
        elif op == "group":
            content = send(index, members[args[0]] & alive, args[1])
            if content is not None:
                run.operations.append(["group", name_of_group(args[0]), content])
        elif op in ("add", "add other", "discard") and args[0] in certain:
            who = args[1] % clients if op == "add other" else run.client
            if who not in alive:
                continue
            if op == "discard":
                members[args[0]].discard(who)
                run.operations.append(["discard", name_of_group(args[0])])
            else:
                members[args[0]].add(who)
                run.operations.append(["add", name_of_group(args[0]), name_of(who)])
        elif op == "custom run":
            run.operations.append(["custom", args[0]])
        elif op == "raise" and round_.kind == "run":
            run.operations.append(["raise", "ValueError", "generated"])
            return 1
    return 0


# -- the oracle ----------------------------------------------------------------------------------------------


def violations(round_: Round, client: int, seen: list[dict[str, Any]]) -> list[str]:
    """What in the frames that a client saw in a round breaks a rule."""
    expected = round_.expected.get(client, [])
    frames = [next(iter(frame.items())) for frame in seen]
    if round_.closes == client and round_.kind == "server closes":
        if not frames or frames[-1][0] != "closed":
            return ["rule 5: no close at the end"]
        frames.pop()
    wanted = [frame for delivery in expected for frame in delivery.frames]
    if Counter(frames) != Counter(wanted):
        missing = Counter(wanted) - Counter(frames)
        extra = Counter(frames) - Counter(wanted)
        return [f"rule 1: missing {sorted(missing)}, not expected {sorted(extra)}"]
    found = []
    place = {frame: number for number, frame in enumerate(frames)}
    for delivery in expected:
        places = [place[frame] for frame in delivery.frames]
        if len(places) == 2 and places[1] != places[0] + 1:
            found.append(f"rule 4: {delivery.frames} not together")
    runs = {run.number: run for run in round_.runs}
    for first, second in itertools.permutations([each for each in expected if each.frames], 2):
        if place[first.frames[0]] < place[second.frames[0]]:
            continue
        # second came before first: may it?
        later = runs[second.run]
        if first.run == second.run and first.index < second.index:
            found.append(f"rule 2: {second.frames} before {first.frames}")
        elif later.parent == first.run and first.index < later.born:
            found.append(f"rule 3: {second.frames} before {first.frames}")
    return found


def show(resolved: Resolved) -> str:
    """A script as one can read it."""
    lines = [f"{resolved.clients} clients"]
    for number, round_ in enumerate(resolved.rounds):
        lines.append(f"round {number}: {round_.kind} {'' if round_.closes is None else round_.closes}")
        for run in round_.runs:
            origin = "" if run.parent is None else f" (from run {run.parent})"
            lines.append(f"  run {run.number}{origin} of client {run.client}: {json.dumps(run.operations)}")
    return "\n".join(lines)
