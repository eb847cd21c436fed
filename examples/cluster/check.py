"""A few seconds with each arrangement of Redis: what is sent arrives, once; the master may die; both hosts are used."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from pathlib import Path

import traffic
from topology import ARRANGEMENTS, Cluster, Failure

ECHOES, WORK, SAID = 50, 20, 20  # frames of each socket; messages to each room
MEMBERS, ROOMS = 8, 6


def check(webs: int, workers: int, binary: str, folder: Path, server: str, arrangements: tuple[str, ...]) -> None:
    """Check the arrangements one after another.

    Raises:
        Failure: something was not as it should.
    """
    for arrangement in arrangements or ARRANGEMENTS:
        options = {"METRICS_PATH": "/metrics"} if arrangement == "single" else {}
        with Cluster(webs, workers, arrangement, binary, folder / arrangement, server, options) as cluster:
            try:
                asyncio.run(_check(cluster, arrangement))
                for process in [*cluster.webs, *cluster.workers]:
                    process.check()
            except Exception:
                print(cluster.output())
                raise


def _say(arrangement: str, text: str) -> None:
    print("%-9s %s" % (arrangement, text), flush=True)


async def _check(cluster: Cluster, arrangement: str) -> None:
    ports = cluster.ports
    echoed = await traffic.answers(ports, "/echo", 5, ECHOES, ordered=True)
    _say(arrangement, "%d echoes over %d web processes" % (echoed, len(ports)))
    worked = await traffic.answers(ports, "/work", 5, WORK, ordered=False)
    consumed = await traffic.pids(ports, 20)
    strangers = set(consumed) - {process.popen.pid for process in cluster.workers}
    if strangers:
        raise Failure("Work was done by processes %s, which are no workers." % strangers)
    _say(arrangement, "%d answers from %d of %d workers" % (worked, len(consumed), len(cluster.workers)))

    async with traffic.rooms(ports, ROOMS, MEMBERS) as rooms:
        await _talk(rooms, arrangement)
        if arrangement == "sentinel":
            # The replica is a moment behind: what was taken off the master just before may still be on it.
            for room in rooms:
                room.unsure = True
            await asyncio.get_running_loop().run_in_executor(None, cluster.store.kill_master)
            lost = await asyncio.gather(*(room.recover() for room in rooms))
            repeated = sum(room.repeated for room in rooms)
            text = "the master was killed; %d messages were lost and %d deliveries repeated until its replica took over"
            _say(arrangement, text % (sum(lost), repeated))
            await _talk(rooms, arrangement)
        if arrangement == "sharded":
            groups = [server.groups() for server in cluster.store.servers]
            if not all(groups) or sum(groups) != ROOMS:
                raise Failure("The %d groups are spread %s." % (ROOMS, groups))
            _say(arrangement, "%d groups on two hosts: %s" % (ROOMS, " and ".join(map(str, groups))))
    if arrangement == "sentinel":
        worked = await traffic.answers(ports, "/work", 5, WORK, ordered=False)
        _say(arrangement, "%d answers from the workers, on the new master" % worked)
    if arrangement == "single":
        # Sent by answers(), by pids() and by the first member of each room.
        _compare("frames_received_total", _metrics(ports), echoed + worked + 20 * len(ports) + ROOMS * SAID)
        _compare('consumed_messages_total{channel="work"}', _metrics(cluster.metrics), worked + 20 * len(ports))
        _say(arrangement, "the metrics of all processes add up to what was sent")


async def _talk(rooms: list[traffic.Room], arrangement: str) -> None:
    before = sum(room.delivered for room in rooms)
    ends = [room.sent + SAID for room in rooms]
    await asyncio.gather(
        *(room.talk(lambda room=room, end=end: room.sent == end) for room, end in zip(rooms, ends))  # type: ignore[misc]
    )
    delivered = sum(room.delivered for room in rooms) - before
    if delivered != ROOMS * MEMBERS * SAID:
        raise Failure("%d deliveries instead of %d." % (delivered, ROOMS * MEMBERS * SAID))
    _say(arrangement, "%d deliveries to %d groups, each over all web processes" % (delivered, len(rooms)))


def _metrics(ports: list[int]) -> str:
    answers = [urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port, timeout=traffic.PATIENCE) for port in ports]
    return "\n".join(answer.read().decode() for answer in answers)


def _compare(name: str, text: str, expected: int) -> None:
    found = sum(float(value) for value in re.findall(r"^channels_compat_%s (.+)$" % re.escape(name), text, re.M))
    if found != expected:
        raise Failure("The metric %s is %d in all, not %d." % (name, found, expected))
    dropped = re.findall(r"^channels_compat_dropped_messages_total.* (?!0\.0$).+$", text, re.M)
    if dropped:
        raise Failure("Dropped: %s" % dropped)
