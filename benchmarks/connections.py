"""Connections: each opens, gets one echo and closes."""

from __future__ import annotations

import asyncio
import time
from typing import Awaitable, Callable, List

from frames import TEXT, ClientSocket, SocketFailed, masked_frame
from load import Load, Result, Tally
from measurement import Case, Plan, Target, loaded
from systems import ASYNC, OLD, RAW, SHIM, SYNC

FRAME = masked_frame(TEXT, b"x" * 16)

# --- the client ----------------------------------------------------------------------------------


class Visitor(ClientSocket):
    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.echoed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def frame_came(self, payload: bytes, whole: bytes) -> None:
        self.echoed.set_result(None)

    def cut(self, why: str) -> None:
        if not self.echoed.done():
            self.echoed.set_exception(SocketFailed("A socket was %s." % why))


async def generate(load: Load) -> Result:
    return await visited(load, visit)


async def visit(load: Load) -> None:
    visitor = Visitor(load)
    await visitor.open()
    visitor.transport.write(FRAME)
    await asyncio.wait_for(visitor.echoed, load.patience)
    await visitor.close()


async def visited(load: Load, once: Callable[[Load], Awaitable[None]]) -> Result:
    """As many visits at a time as there are sockets, one after another.

    Args:
        once: makes a visit.
    """
    tally = Tally()

    async def visits() -> None:
        while tally.sending:
            begun = time.perf_counter()
            await once(load)
            if tally.measuring:
                tally.messages += 1
                tally.latencies.append(time.perf_counter() - begun)

    tasks = [asyncio.ensure_future(visits()) for _ in range(load.sockets)]
    await asyncio.sleep(load.warmup)
    tally.measuring = True
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(load.seconds)
    tally.measuring = tally.sending = False
    seconds, used = time.perf_counter() - started, time.process_time() - used
    await asyncio.gather(*tasks)
    return tally.result(seconds, used)


# --- the measurement -----------------------------------------------------------------------------


def cases(plan: Plan) -> List[Case]:
    return [
        Case(
            title="Connections: open, one echo, close; 10 at a time",
            systems=(SHIM, SYNC, ASYNC, RAW, OLD),
            take=loaded("connections", plan, sockets=10),
            unit="connections/s",
            rounds=plan.rounds(5),
            targets=(Target(SYNC, 1.0), Target(ASYNC, 1.0)),
        )
    ]
