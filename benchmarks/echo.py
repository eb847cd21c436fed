"""Echo: sockets that send frames and check what comes back."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import deque
from typing import Deque, List, Tuple

from frames import TEXT, ClientSocket, header, masked_frame
from load import VARIANTS, Load, Result, Tally
from measurement import Case, Plan, Target, loaded
from systems import ASYNC, OLD, RAW, SHIM, SYNC

# --- the client ----------------------------------------------------------------------------------


class EchoSocket(ClientSocket):
    """Keeps `window` frames on the way: each echo is checked and answered with the next frame."""

    def __init__(self, number: int, load: Load, tally: Tally) -> None:
        super().__init__(load)
        self.tally = tally
        self.number = number
        payloads = [
            ("%05d/%05d/" % (number, variant)).ljust(load.size, "abcdefghij"[variant % 10]).encode()
            for variant in range(VARIANTS)
        ]
        self.frames = [masked_frame(TEXT, payload) for payload in payloads]
        self.echoes = [header(TEXT, load.size, False) + payload for payload in payloads]
        self.next = 0
        self.on_the_way: Deque[Tuple[bytes, float]] = deque()
        self.idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        for _ in range(self.load.window):
            self._send()

    def _send(self) -> None:
        variant = self.next
        self.next = (variant + 1) % VARIANTS
        self.on_the_way.append((self.echoes[variant], time.perf_counter()))
        self.transport.write(self.frames[variant])

    def data_received(self, data: bytes) -> None:
        # One whole echo, the one that is due, and the next frame at once: the usual case, hence no calls.
        due = self.on_the_way
        if not (due and not self.buffer and data == due[0][0]):
            super().data_received(data)
            return
        tally = self.tally
        if not tally.sending:
            self._echo_came(due.popleft()[1])
            return
        variant = self.next
        self.transport.write(self.frames[variant])
        now = time.perf_counter()
        sent = due.popleft()[1]
        due.append((self.echoes[variant], now))
        self.next = (variant + 1) % VARIANTS
        if tally.measuring:
            tally.messages += 1
            tally.latencies.append(now - sent)

    def frame_came(self, payload: bytes, whole: bytes) -> None:
        for position, (echo, sent) in enumerate(self.on_the_way):
            if echo == whole:
                if position:
                    self.tally.reordered += 1
                    if self.load.ordered:
                        self.tally.error("Socket %d got an echo out of order." % self.number)
                del self.on_the_way[position]
                self._echo_came(sent)
                return
        self.tally.error("Socket %d got what it is not waiting for: %r" % (self.number, whole[:60]))

    def _echo_came(self, sent: float) -> None:
        tally = self.tally
        if tally.measuring:
            tally.messages += 1
            tally.latencies.append(time.perf_counter() - sent)
        if tally.sending:
            self._send()
        elif not self.on_the_way and not self.idle.done():
            self.idle.set_result(None)

    def cut(self, why: str) -> None:
        self.tally.error("Socket %d was %s." % (self.number, why))

    async def finish(self) -> None:
        """Wait for the echoes on the way; those that do not come are errors."""
        if self.on_the_way and not self.closed.done():
            await asyncio.wait(
                [self.idle, self.closed], timeout=self.load.patience, return_when=asyncio.FIRST_COMPLETED
            )
        if self.on_the_way:
            self.tally.error("Socket %d lost %d echoes." % (self.number, len(self.on_the_way)))
            self.tally.errors += len(self.on_the_way) - 1


async def opened(sockets: List[ClientSocket], load: Load) -> None:
    """Open all sockets, a few at a time."""
    gate = asyncio.Semaphore(load.connecting)

    async def one(socket: ClientSocket) -> None:
        async with gate:
            await socket.open()

    await asyncio.gather(*map(one, sockets))


async def generate(load: Load) -> Result:
    tally = Tally()
    sockets = [EchoSocket(number, load, tally) for number in range(load.sockets)]
    await opened(list(sockets), load)
    for socket in sockets:
        socket.start()
    await asyncio.sleep(load.warmup)
    tally.measuring = True
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(load.seconds)
    tally.measuring = False
    seconds, used = time.perf_counter() - started, time.process_time() - used
    tally.sending = False
    await asyncio.gather(*(socket.finish() for socket in sockets))
    await asyncio.gather(*(socket.close() for socket in sockets))
    return tally.result(seconds, used)


# --- the measurement -----------------------------------------------------------------------------

NATIVE_TARGETS = (Target(SYNC, 5.0), Target(ASYNC, 1.7))


def cases(plan: Plan) -> List[Case]:
    case = Case(
        title="Echo",
        systems=(SHIM, SYNC, ASYNC, RAW, OLD),
        take=loaded("echo", plan),
        unit="messages/s",
        rounds=plan.rounds(5),
        p99=True,
    )
    busy = dataclasses.replace(case, take=loaded("echo", plan, sockets=500, connecting=20), rounds=plan.rounds(2))
    few = plan.sockets(50)
    return [
        dataclasses.replace(case, title="Echo, %d sockets" % few, targets=(*NATIVE_TARGETS, Target(RAW, 0.45))),
        dataclasses.replace(busy, title="Echo, %d sockets" % plan.sockets(500), slow=True),
        dataclasses.replace(case, title="Echo, %d sockets" % few, server="daphne", rounds=plan.rounds(3), slow=True),
        dataclasses.replace(
            case,
            title="Echo, %d sockets" % few,
            systems=(SHIM, SYNC, ASYNC, OLD),
            layer="redis",
            rounds=plan.rounds(3),
            # Twelve times the real old stack as it was deployed: daphne, two workers and Redis.
            targets=(*NATIVE_TARGETS, Target(OLD, 12.0)),
        ),
    ]
