"""Memory that an idle socket takes in the server: what the process grows by when they open."""

from __future__ import annotations

import asyncio
import sys
from typing import List

from echo import opened
from frames import ClientSocket, SocketFailed
from load import Load, Result, Tally, held
from measurement import Case, Plan, Sample, Target
from systems import ASYNC, OLD, RAW, SHIM, SYNC, Running


class Idle(ClientSocket):
    def frame_came(self, payload: bytes, whole: bytes) -> None:
        pass

    def cut(self, why: str) -> None:
        raise SocketFailed("An idle socket was %s." % why)


async def generate(load: Load) -> Result:
    """Hold sockets open until standard input ends."""
    sockets = [Idle(load) for _ in range(load.sockets)]
    await opened(list(sockets), load)
    print("open", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.gather(*(socket.close() for socket in sockets))
    return Tally().result(1.0, 0.0)


def cases(plan: Plan) -> List[Case]:
    count = plan.sockets(2000)

    def take(running: Running) -> Sample:
        # The first ones make the server load what it needs for any.
        with held(running.load("echo", kind="idle_memory", sockets=min(50, count))):
            pass
        before = running.memory()
        with held(running.load("echo", kind="idle_memory", sockets=count, connecting=20, patience=30.0)):
            return Sample((running.memory() - before) / count / 1024)

    return [
        Case(
            title="Memory of an idle socket, %d sockets" % count,
            systems=(SHIM, SYNC, ASYNC, RAW, OLD),
            take=take,
            unit="KiB",
            rounds=plan.rounds(2),
            less=True,
            fresh=True,
            targets=(Target(SYNC, 1.1), Target(ASYNC, 1.1)),
        )
    ]
