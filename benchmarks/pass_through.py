"""HTTP that passes through: a Django view, over a connection that stays open.

What counts is the server's processor time for a request: three percent is less than the clock can tell. One request at
a time: Django's threads get in each other's way, now more and now less, which is more than three percent too.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import List

from load import Load, Result, Tally
from measurement import Case, Plan, Sample, Target, loaded
from systems import DJANGO, SHIM, Running

END = b"\r\n\r\nthe end of the response"  # bench/urls.py

# --- the client ----------------------------------------------------------------------------------


class Browser(asyncio.Protocol):
    """Asks again as soon as it has the answer."""

    transport: asyncio.Transport

    def __init__(self, load: Load, tally: Tally) -> None:
        self.request = ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (load.path, load.port)).encode()
        self.tally = tally
        self.answer = b""
        self.sent = 0.0
        self.idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.answer = b""
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.answer.endswith(END):
            return
        tally = self.tally
        if not self.answer.startswith(b"HTTP/1.1 200 "):
            tally.error("The server answered %r." % self.answer[:40])
        if tally.measuring:
            tally.messages += 1
            tally.latencies.append(time.perf_counter() - self.sent)
        if tally.sending:
            self.ask()
        else:
            self.idle.set_result(None)

    def connection_lost(self, exc: object) -> None:
        if not self.idle.done():
            self.tally.error("A connection was cut.")
            self.idle.set_result(None)


async def generate(load: Load) -> Result:
    tally, loop = Tally(), asyncio.get_running_loop()
    browsers = [Browser(load, tally) for _ in range(load.sockets)]
    for browser in browsers:
        await loop.create_connection(lambda browser=browser: browser, "127.0.0.1", load.port)
    await asyncio.sleep(load.warmup)
    tally.measuring = True
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(load.seconds)
    tally.measuring = tally.sending = False
    seconds, used = time.perf_counter() - started, time.process_time() - used
    await asyncio.wait([browser.idle for browser in browsers], timeout=load.patience)
    for browser in browsers:
        browser.transport.close()
    return tally.result(seconds, used)


# --- the measurement -----------------------------------------------------------------------------


def cases(plan: Plan) -> List[Case]:
    requests = loaded("pass_through", plan, work="hello", sockets=1)

    def take(running: Running) -> Sample:
        found = requests(running)
        return dataclasses.replace(found, value=found.server_us, server_us=None)

    return [
        Case(
            title="HTTP that passes through to a Django view",
            systems=(SHIM, DJANGO),
            take=take,
            unit="µs of the server's processor for a request",
            rounds=plan.rounds(10),
            less=True,
            targets=(Target(DJANGO, 1.03),),
        )
    ]
