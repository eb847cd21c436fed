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
from typing import Any, Dict, List, Optional

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

    def times(self, number: float) -> Cost:
        return Cost(self.web * number, self.worker * number, self.redis * number)

    def plus(self, other: Cost) -> Cost:
        return Cost(self.web + other.web, self.worker + other.worker, self.redis + other.redis)


@dataclasses.dataclass(frozen=True)
class Costs:
    """What was measured, in seconds of a processor and in bytes.

    Attributes:
        echo: a frame from a client and one back, within a web process.
        send, delivery: a message to a group, besides its deliveries; each delivery to a client.
        work: a frame that goes to a worker, whose answer comes back.
        connect: a socket that is opened, joins a group, and leaves.
        webs: how many web processes these are the figures of.
        process_bytes, socket_bytes, member_bytes: of a web process; of a socket in it, and in Redis.
    """

    echo: Cost
    send: Cost
    delivery: Cost
    work: Cost
    connect: Cost
    webs: int
    process_bytes: int
    socket_bytes: int
    member_bytes: int


def costs(content: Dict[str, Any]) -> Costs:
    """Read the figures of the largest cluster in what run.py wrote."""
    webs = max(run["webs"] for run in content["runs"])
    runs = {run["scenario"]: run for run in content["runs"] if run["webs"] == webs}

    def of(run: Dict[str, Any]) -> Cost:
        used = {role: sum(seconds) / run["messages"] for role, seconds in run["processor_seconds"].items()}
        # What workers use while they wait for messages is no cost of other things.
        return Cost(used["web"], used["worker"] if run["scenario"] == "work" else 0.0, used["redis"])

    small, large = sorted((run for run in runs.values() if "members" in run), key=lambda run: run["members"])
    # Cost of a message to a group = send + members x delivery, through the two sizes that were measured.
    delivery = of(large).plus(of(small).times(-1)).times(1 / (large["members"] - small["members"]))
    delivery = Cost(*(max(0.0, value) for value in dataclasses.astuple(delivery)))
    send = of(small).plus(delivery.times(-small["members"]))
    idle = runs["idle"]
    return Costs(
        echo=of(runs["echo"]),
        send=Cost(*(max(0.0, value) for value in dataclasses.astuple(send))),
        delivery=delivery,
        work=of(runs["work"]),
        connect=of(runs["connect"]),
        webs=webs,
        process_bytes=idle["web_bytes"],
        socket_bytes=idle["web_bytes_per_socket"],
        member_bytes=idle["redis_bytes_per_socket"],
    )


def to_group(measured: Costs, members: int) -> Cost:
    """A message to a group of that size."""
    return measured.send.plus(measured.delivery.times(members))


def of_a_socket(measured: Costs, use: Use) -> Cost:
    """What one socket costs in a second."""
    frame = to_group(measured, use.members).plus(measured.work.times(use.work))
    return frame.times(1 / use.pause).plus(measured.connect.times(1 / use.visit))


def needed(measured: Costs, use: Use, sockets: int) -> Dict[str, float]:
    """What so many sockets need: numbers of processes, bytes, and the rates behind them."""
    messages = sockets / use.pause
    total = of_a_socket(measured, use).times(sockets)
    webs = math.ceil(total.web / use.load)
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
        ["a message to a group of 10", *cells(to_group(measured, 10))],
        ["a message to a group of 100", *cells(to_group(measured, 100))],
        ["a delivery of it to one more client", *cells(measured.delivery)],
        ["a frame, and its answer from a worker", *cells(measured.work)],
        ["a socket opened, in a group, and closed", *cells(measured.connect)],
    ]
    heads = ["", "web: µs", "each second", "worker: µs", "each second", "Redis: µs", "each second"]
    return table(heads, rows)


def share_table(measured: Costs, use: Use) -> str:
    """What one process of each kind carries."""
    names, rows = ("a web process", "a worker", "a Redis server"), []
    for name, seconds in zip(names, dataclasses.astuple(of_a_socket(measured, use))):
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
            f"{measured.webs} web processes, {content['seconds']:g} s each. Processor time, not time: other programs "
            "on the machine count little.",
            f"- Measured with {measured.webs} web processes. With more of them, the members of a group are on more of "
            "them, up to one each; Redis then keeps a message for each of these, so that large clusters need more "
            "than the table says.",
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
