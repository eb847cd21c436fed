#!/usr/bin/env python
"""How many processes a number of sockets needs, computed from what `examples/cluster/run.py --json` has measured.

Prints the tables of migration_guide/sizing.md; `--write` puts them there. Other figures and another use give other
tables: `python benchmarks/sizing.py --cluster mine.json --pause 2 --members 50`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import re
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "benchmarks" / "cluster.json"
PAGE = ROOT / "migration_guide" / "sizing.md"
SIZES = (10**4, 10**5, 10**6)


@dataclasses.dataclass(frozen=True)
class Use:
    """What the sockets do.

    Args:
        pause: seconds between two frames of one socket, each of which is sent to a group.
        members: of each group; every socket is in one.
        work: share of the frames that also put a message on a custom channel, consumed by a worker.
        visit: seconds that a socket stays open.
        load: share of a processor that a process is to use.
    """

    pause: float = 10.0
    members: int = 10
    work: float = 0.1
    visit: float = 1800.0
    load: float = 0.6


@dataclasses.dataclass(frozen=True)
class Cost:
    """Processor seconds of web processes, workers and Redis for one of something."""

    web: float
    worker: float
    redis: float

    def __mul__(self, number: float) -> Cost:
        return Cost(self.web * number, self.worker * number, self.redis * number)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.web + other.web, self.worker + other.worker, self.redis + other.redis)

    def positive(self) -> Cost:
        return Cost(max(0.0, self.web), max(0.0, self.worker), max(0.0, self.redis))


def mean(found: Sequence[Cost]) -> Cost:
    return sum(found[1:], found[0]) * (1 / len(found))


@dataclasses.dataclass(frozen=True)
class Costs:
    """What was measured, in seconds of a processor and in bytes.

    Attributes:
        echo: a frame from a client and one back, within a web process.
        send: a message to a group, besides the following two.
        delivery: for each client that gets it.
        reach: for each web process that has such clients.
        work: a frame that goes to a worker, whose answer comes back.
        connect: a socket that is opened, joins a group, and leaves.
        webs: how many web processes these are the figures of.
        process_bytes, socket_bytes, member_bytes: of a web process; of a socket in it, and in Redis.
    """

    echo: Cost
    send: Cost
    delivery: Cost
    reach: Cost
    work: Cost
    connect: Cost
    webs: int
    process_bytes: int
    socket_bytes: int
    member_bytes: int


def costs(content: Dict[str, Any]) -> Costs:
    """Read what run.py wrote. What depends on the number of web processes is taken from all clusters, the rest from
    the largest one."""
    webs = max(run["webs"] for run in content["runs"])
    runs = {run["scenario"]: run for run in content["runs"] if run["webs"] == webs}

    def of(run: Dict[str, Any]) -> Cost:
        used = {role: sum(seconds) / run["messages"] for role, seconds in run["processor_seconds"].items()}
        # What workers use while they wait for messages is no cost of other things.
        return Cost(used["web"], used["worker"] if run["scenario"] == "work" else 0.0, used["redis"])

    send, delivery, reach = _of_groups([run for run in content["runs"] if "members" in run], of)
    idle = runs["idle"]
    return Costs(
        echo=of(runs["echo"]),
        send=send,
        delivery=delivery,
        reach=reach,
        work=of(runs["work"]),
        connect=of(runs["connect"]),
        webs=webs,
        process_bytes=idle["web_bytes"],
        socket_bytes=idle["web_bytes_per_socket"],
        member_bytes=idle["redis_bytes_per_socket"],
    )


def _of_groups(runs: List[Dict[str, Any]], of: Callable[[Dict[str, Any]], Cost]) -> Tuple[Cost, Cost, Cost]:
    """Takes what messages to groups cost apart: send + delivery x members + reach x web processes."""
    sizes = sorted({run["members"] for run in runs})
    small, large = ([run for run in runs if run["members"] == size] for size in (sizes[0], sizes[-1]))
    # Both sizes were measured with the same numbers of web processes, so that their difference is deliveries.
    more = mean([of(run) for run in large]) + mean([of(run) for run in small]) * -1
    delivery = (more * (1 / (sizes[-1] - sizes[0]))).positive()
    # The slope of the line through the small ones, by least squares.
    middle = sum(run["webs"] for run in small) / len(small)
    spread = sum((run["webs"] - middle) ** 2 for run in small)
    slopes = [of(run) * ((run["webs"] - middle) / spread) for run in small if spread]
    reach = sum(slopes[1:], slopes[0]).positive() if slopes else Cost(0, 0, 0)
    send = mean([of(run) for run in small]) + delivery * -sizes[0] + reach * -middle
    return send.positive(), delivery, reach


def to_group(measured: Costs, members: int, webs: float) -> Cost:
    """A message to a group of that size, whose members are on so many web processes."""
    return measured.send + measured.delivery * members + measured.reach * webs


def of_a_socket(measured: Costs, use: Use, webs: float) -> Cost:
    """What one socket costs in a second, where a group has members on so many web processes."""
    frame = to_group(measured, use.members, webs) + measured.work * use.work
    return frame * (1 / use.pause) + measured.connect * (1 / use.visit)


def needed(measured: Costs, use: Use, sockets: int) -> Dict[str, float]:
    """What so many sockets need: numbers of processes, bytes, and the rates behind them."""
    messages = sockets / use.pause
    # No group has members on more web processes than there are, which depends on what that costs.
    reached = use.members
    while True:
        total = of_a_socket(measured, use, reached) * sockets
        webs = math.ceil(total.web / use.load)
        if webs >= reached:
            break
        reached = webs
    return {
        "sockets": sockets,
        "groups": sockets // use.members,
        "messages": messages,
        "deliveries": messages * use.members,
        "webs": webs,
        "workers": math.ceil(total.worker / use.load),
        "redis": math.ceil(total.redis / use.load),
        "web_bytes": webs * measured.process_bytes + sockets * measured.socket_bytes,
        "redis_bytes": sockets * measured.member_bytes,
    }


# --- tables --------------------------------------------------------------------------------------


def rounded(value: float) -> str:
    """Two digits that count; more would pretend to know more."""
    if value < 10:
        return "%.2g" % value
    digits = len(str(int(value))) - 2
    return f"{round(value / 10**digits) * 10**digits:,}"


def amount(value: float) -> str:
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return "%s %s" % (rounded(value), unit)
        value /= 1000
    return "%s GB" % rounded(value)


def table(heads: List[str], rows: List[List[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cost_table(measured: Costs, use: Use) -> str:
    """What one of each costs, and how many of it one process of each kind does in a second."""

    def cells(cost: Cost) -> List[str]:
        found = []
        for seconds in (cost.web, cost.worker, cost.redis):
            # Less than the clock of processor time can tell, of so many.
            found += [rounded(1e6 * seconds), rounded(use.load / seconds)] if seconds >= 5e-6 else ["–", "–"]
        return found

    rows = [
        ["a frame, and its answer from the same process", *cells(measured.echo)],
        ["a message to a group of 10 on one web process", *cells(to_group(measured, 10, 1))],
        ["a message to a group of 10 on 10 web processes", *cells(to_group(measured, 10, 10))],
        ["a message to a group of 100 on 10 web processes", *cells(to_group(measured, 100, 10))],
        ["a frame, and its answer from a worker", *cells(measured.work)],
        ["a socket opened, in a group, and closed", *cells(measured.connect)],
    ]
    heads = ["", "web: µs", "each second", "worker: µs", "each second", "Redis: µs", "each second"]
    return table(heads, rows)


def share_table(measured: Costs, use: Use) -> str:
    """What one process of each kind carries."""
    names, rows = ("a web process", "a worker", "a Redis server"), []
    for name, seconds in zip(names, dataclasses.astuple(of_a_socket(measured, use, use.members))):
        if seconds:
            sockets = use.load / seconds
            rates = (sockets, sockets / use.members, sockets / use.pause, sockets * use.members / use.pause)
            rows.append([name, *map(rounded, rates)])
    return table(["carries", "sockets", "groups", "messages/s", "deliveries/s"], rows)


def size_table(measured: Costs, use: Use) -> str:
    rows = []
    for sockets in SIZES:
        found = needed(measured, use, sockets)
        numbers = [f"{int(found[key]):,}" for key in ("sockets", "groups")]
        numbers += [rounded(found[key]) for key in ("messages", "deliveries", "webs", "workers", "redis")]
        rows.append([*numbers, amount(found["web_bytes"]), amount(found["redis_bytes"])])
    heads = ["sockets", "groups", "messages/s", "deliveries/s", "web processes", "workers", "Redis servers",
             "memory of the web processes", "groups in Redis"]  # fmt: skip
    return table(heads, rows)


def assumptions(content: Dict[str, Any], measured: Costs, use: Use) -> str:
    machine = content["machine"]
    versions = machine["versions"]
    stack = ", ".join("%s %s" % (name, versions[name]) for name in ("channels", "channels_redis", "uvicorn"))
    return "\n".join(
        [
            f"- Each socket sends a frame every {use.pause:g} s; it goes to a group of {use.members}, and every socket "
            "is in one group.",
            f"- One frame in {1 / use.work:g} also goes to a worker, which answers." if use.work else "- No workers.",
            f"- A socket stays open for {use.visit / 60:g} minutes.",
            f"- A process, and a Redis server, uses {100 * use.load:.0f} % of one processor; the rest is for peaks.",
            "- Consumers do nothing but send. Add what yours do: `consumer_seconds_total` of the "
            "[metrics](deployment.md#metrics), divided by the time.",
            f"- Measured on {machine['processor']} with Python {versions['python']}, {stack}, "
            f"{content['seconds']:g} s for each load. Processor time, not time: other programs on the machine count "
            "little.",
            f"- Measured with up to {measured.webs} web processes. The members of a group are taken to be on as many "
            "as there are, up to one for each member: what that costs is a line through what was measured.",
        ]
    )


def parts(content: Dict[str, Any], use: Use) -> Dict[str, str]:
    """What stands between the marks in the page."""
    measured = costs(content)
    return {
        "assumptions": assumptions(content, measured, use),
        "costs": cost_table(measured, use),
        "shares": share_table(measured, use),
        "sizes": size_table(measured, use),
    }


def filled(page: str, computed: Dict[str, str]) -> str:
    """The page with everything computed in its place.

    Raises:
        KeyError: a mark that nothing is computed for.
    """
    mark = re.compile(r"(<!-- computed: (\w+) -->\n).*?(?=<!-- end -->)", re.S)
    return mark.sub(lambda found: "%s\n%s\n\n" % (found[1], computed[found[2]]), page)


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cluster", type=Path, default=RECORDED, help="figures (default: benchmarks/cluster.json)")
    parser.add_argument("--write", action="store_true", help="put the tables into the guide")
    for field in dataclasses.fields(Use):
        parser.add_argument("--" + field.name, type=type(field.default), default=field.default)
    options = parser.parse_args(arguments)
    use = Use(**{field.name: getattr(options, field.name) for field in dataclasses.fields(Use)})
    computed = parts(json.loads(options.cluster.read_text()), use)
    if options.write:
        PAGE.write_text(filled(PAGE.read_text("utf-8"), computed), "utf-8")
    else:
        print("\n\n".join(computed.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
