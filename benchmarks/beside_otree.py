#!/usr/bin/env python
"""What compat costs oTree's own pages and sockets: oTree with it beside oTree alone, in turns, on one project.

    nox -s otree-3.4.0 && python benchmarks/beside_otree.py
    python benchmarks/beside_otree.py --otree .nox/otree-3-0-12/bin/python --rounds 10

Works on oTree 3, whose server for production needs no Redis. Fails if a socket or page does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Dict, List

import report
from connections import visited
from frames import ClientSocket, SocketFailed
from load import Load, Result, run
from systems import ROOT, processor_seconds

sys.path.insert(1, str(ROOT / "tools"))

from environments import ENVIRONMENTS

SERVER = "prodserver1of2"
WITH, ALONE = "oTree with compat", "oTree alone"
# The socket of a page that is told when its participant has been moved on: it looks into the database, and answers.
WORKS = {
    "A socket of oTree's: open, one answer, close": "/auto_advance/?participant_code=nobody&page_index=1",
    "A page of oTree's": "/demo/",
}

# --- the client ----------------------------------------------------------------------------------


class Participant(ClientSocket):
    """Waits for what it is told."""

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def frame_came(self, payload: bytes, whole: bytes) -> None:
        if not self.told.done():
            self.told.set_result(None)

    def cut(self, why: str) -> None:
        if not self.told.done():
            self.told.set_exception(SocketFailed("A socket was %s." % why))


async def join(load: Load) -> None:
    participant = Participant(load)
    await participant.open()
    await asyncio.wait_for(participant.told, load.patience)
    await participant.close()


async def look(load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    request = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % (load.path, load.port)
    writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(-1), load.patience)
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 ") or b"</html>" not in answer:
        raise SocketFailed("The server answered %r." % answer[:40])


async def generate(load: Load) -> Result:
    return await visited(load, look if load.path == WORKS["A page of oTree's"] else join)


# --- the measurement -----------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    newest = ENVIRONMENTS["otree-3.4.0"].python()
    parser.add_argument("--otree", type=Path, default=newest, help="its interpreter (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a slice (default: 2)")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    sys.path.insert(0, str(ROOT / "tests"))
    # Not where the load is made: what starts servers for the tests needs more than a client does.
    from on_otree.versions import Otree, Project, Server

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers: Dict[str, Server] = {}
        for name, with_compat in ((WITH, True), (ALONE, False)):
            otree = Otree(given.otree, with_compat=with_compat)
            project = Project(otree, Path(folder) / name.replace(" ", "-"))
            servers[name] = stack.enter_context(
                project.serve(SERVER, COMPAT_STARTUP=str(int(with_compat)), PYTHONPATH=str(ROOT))
            )
        print("oTree %s, Python of %s" % (otree.version, given.otree))
        for work, path in WORKS.items():
            took: Dict[str, List[float]] = {name: [] for name in servers}
            rates: Dict[str, List[float]] = {name: [] for name in servers}
            for number in range(given.rounds):
                for name in (WITH, ALONE) if number % 2 else (ALONE, WITH):
                    pids = [process.popen.pid for process in servers[name].processes]
                    before = sum(map(processor_seconds, pids))
                    load = Load(servers[name].port, path, "beside_otree", 10, seconds=given.seconds)
                    result = run(load)
                    messages = result.messages * (result.seconds + load.warmup) / result.seconds
                    took[name].append(1e6 * (sum(map(processor_seconds, pids)) - before) / messages)
                    rates[name].append(result.rate)
            show(work, took, rates)
    return 0


def show(work: str, took: Dict[str, List[float]], rates: Dict[str, List[float]]) -> None:
    rows: List[report.Row] = [("", "µs of the server's processor: min", "median", "max", "per second, median")]
    for name, values in took.items():
        rows.append((name, *report.spread(values), report.number(statistics.median(rates[name]))))
    ratios = [own / other for own, other in zip(took[WITH], took[ALONE])]
    rows.append(("with / alone", *report.spread(ratios), ""))
    print("\n%s\n%s" % (work, report.plain(rows)))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
