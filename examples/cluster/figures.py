"""How many messages go through a cluster, what each costs in processor time, and what limits it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import traffic
from systems import machine_seconds
from topology import Cluster, Process

WEBS = (1, 2, 4)
SOCKETS = 40  # with an echo, or work, under way
SMALL, LARGE = 10, 100  # members of a group
CONNECTS, IDLE = 400, 1000
BUSY = 0.85  # share of a processor from which on a process is what limits


class Stretch:
    """Measures what the processes use while it lasts; a context manager.

    Attributes:
        figures: seconds that passed, and processor seconds by role, for each process; "client" is this process and
            its load generators, "others" what is not of the cluster.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.figures: dict[str, Any] = {}

    def __enter__(self) -> Stretch:
        self._before = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        before, after = self._before, self._now()
        processor = {
            role: [round(late - early, 3) for early, late in zip(before[role], after[role])]
            for role in after
            if role not in ("clock", "machine")
        }
        machine = after["machine"][0] - before["machine"][0]
        processor["others"] = [round(max(0.0, machine - sum(map(sum, processor.values()))), 3)]
        self.figures = {"seconds": round(after["clock"][0] - before["clock"][0], 3), "processor_seconds": processor}

    def _now(self) -> dict[str, list[float]]:
        own = os.times()  # with the load generators, which have ended
        roles: dict[str, list[Process]] = self._cluster.processes()
        found = {role: [each.processor_seconds() for each in processes] for role, processes in roles.items()}
        return {**found, "client": [sum(own[:4])], "machine": [machine_seconds() or 0.0], "clock": [time.monotonic()]}


async def echo(cluster: Cluster, seconds: float) -> dict[str, Any]:
    return await _answered(cluster, "/echo", seconds, ordered=True)


async def work(cluster: Cluster, seconds: float) -> dict[str, Any]:
    return await _answered(cluster, "/work", seconds, ordered=False)


async def _answered(cluster: Cluster, path: str, seconds: float, ordered: bool) -> dict[str, Any]:
    sockets = max(1, SOCKETS // len(cluster.ports))
    with Stretch(cluster) as stretch:
        results = await traffic.echoes(cluster.ports, path, sockets, seconds, ordered)
    found = {"sockets": sockets * len(cluster.ports), "messages": sum(result.messages for result in results)}
    # Not that of the stretch, in which the generators start and end too.
    return {**found, **stretch.figures, "seconds": round(max(result.seconds for result in results), 3)}


async def group(cluster: Cluster, seconds: float, size: int) -> dict[str, Any]:
    """Messages to groups of ``size`` members; the next one when all have the one before."""
    async with traffic.rooms(cluster.ports, max(1, LARGE // size), size) as rooms:
        before = sum(room.sent for room in rooms)
        with Stretch(cluster) as stretch:
            end = time.monotonic() + seconds
            await asyncio.gather(*(room.talk(lambda: time.monotonic() > end) for room in rooms))
        sent = sum(room.sent for room in rooms) - before
        return {"members": size, "messages": sent, "deliveries": sent * size, **stretch.figures}


async def connecting(cluster: Cluster, seconds: float) -> dict[str, Any]:
    """Sockets that join a group and leave."""
    gate = asyncio.Semaphore(10)

    async def one(number: int) -> None:
        async with gate:
            async with traffic.Room("visit-%d" % number, cluster.ports[number % len(cluster.ports) :], 1).open():
                pass

    with Stretch(cluster) as stretch:
        await asyncio.gather(*(one(number) for number in range(CONNECTS)))
    return {"messages": CONNECTS, **stretch.figures}


async def idle(cluster: Cluster, seconds: float) -> dict[str, Any]:
    """What open sockets keep, each in a group of ten."""

    def memory() -> int:
        return sum(process.resident_bytes() for process in cluster.webs)

    async with traffic.rooms(cluster.ports, IDLE // 10 // 10, 10, "before"):  # what is only needed once
        pass
    before = memory()
    async with traffic.rooms(cluster.ports, IDLE // 10, 10, "idle") as rooms:
        after = memory()
        redis = sum(server.group_bytes(rooms[0].name) for server in cluster.store.servers)
    return {
        "sockets": IDLE,
        "web_bytes": before // len(cluster.webs),
        "web_bytes_per_socket": (after - before) // IDLE,
        "redis_bytes_per_socket": redis // 10,
    }


SCENARIOS = {
    "echo": echo,
    "group of %d" % SMALL: lambda cluster, seconds: group(cluster, seconds, SMALL),
    "group of %d" % LARGE: lambda cluster, seconds: group(cluster, seconds, LARGE),
    "work": work,
    "connect": connecting,
    "idle": idle,
}


def limit(run: dict[str, Any]) -> str:
    """What keeps a run from going faster."""
    seconds, processor = run["seconds"], run["processor_seconds"]
    shares = {role: max(found) / seconds for role, found in processor.items() if role != "others"}
    busiest = max(shares, key=lambda role: shares[role])
    if shares[busiest] >= BUSY and len(processor[busiest]) == 1:
        return "the %s process" % busiest
    number = os.cpu_count() or 1
    used = {role: sum(found) / seconds / number for role, found in processor.items()}
    total = sum(used.values())
    if total >= BUSY:
        parts = ("%s %.0f %%" % (role, 100 * share / total) for role, share in used.items() if share >= 0.01)
        return "the machine's %d processors: %s" % (number, ", ".join(parts))
    return "%s (%.0f %% of a processor)" % (busiest, 100 * shares[busiest])


def microseconds(run: dict[str, Any], role: str, unit: str = "messages") -> float:
    """Processor time of a role for each message."""
    return 1e6 * sum(run["processor_seconds"][role]) / max(1, run[unit])


def measure(options: argparse.Namespace, binary: str, folder: Path) -> None:
    """Measure clusters of several sizes; print and write what was found.

    Raises:
        Failure: a message was lost, or a process ended.
    """
    runs = []
    arrangement = options.redis or "single"
    for webs in options.web or WEBS:
        with Cluster(webs, options.workers, arrangement, binary, folder / str(webs), options.server) as cluster:
            for name, scenario in SCENARIOS.items():
                run = {"scenario": name, "webs": webs, "workers": options.workers, "redis": arrangement}
                run.update(asyncio.run(scenario(cluster, options.seconds)))
                runs.append(run)
                show(run)
    if options.json:
        content = {"machine": machine(), "server": options.server, "seconds": options.seconds, "runs": runs}
        options.json.write_text(json.dumps(content, indent=1) + "\n")


HEAD = "%-13s %4s %12s %10s %10s %10s  %s" % (
    "", "web", "messages/s", "us web", "us worker", "us redis", "what limits it",
)  # fmt: skip


def show(run: dict[str, Any]) -> None:
    if run["scenario"] == "echo":
        print("\n" + HEAD)
    if run["scenario"] == "idle":
        text = "a socket keeps %.1f kB in a web process and %.1f kB in Redis; a web process without any, %.0f MB"
        found = (run["web_bytes_per_socket"] / 1e3, run["redis_bytes_per_socket"] / 1e3, run["web_bytes"] / 1e6)
        print("%-13s %4d %s" % ("idle", run["webs"], text % found), flush=True)
        return
    costs = tuple(microseconds(run, role) for role in ("web", "worker", "redis"))
    numbers = (run["scenario"], run["webs"], run["messages"] / run["seconds"], *costs, limit(run))
    print("%-13s %4d %12.0f %10.0f %10.0f %10.0f  %s" % numbers, flush=True)


def machine() -> dict[str, Any]:
    names = ("channels", "channels_redis", "redis", "django", "uvicorn", "websockets")
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor()
    versions = {"python": platform.python_version()}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return {"processors": os.cpu_count(), "processor": processor, "versions": versions}
