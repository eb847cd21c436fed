"""Fan-out: one socket sends to a group that many are in, itself too."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Dict, List

from echo import opened
from frames import TEXT, ClientSocket, SocketFailed, header, masked_frame
from load import Load, Result, Tally
from measurement import Case, Plan, Target, loaded
from systems import ASYNC, OLD, RAW, SHIM, SYNC

# --- the client ----------------------------------------------------------------------------------


class Room:
    """Keeps `window` messages on the way: the next one is sent when one has come to all members."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.tally = Tally()
        self.members = [Member(load, self) for _ in range(load.sockets)]
        self._number = 0
        self._sent: Dict[int, float] = {}
        self._missing: Dict[int, int] = {}
        self._idle = asyncio.Event()
        self._joining = False

    def send(self) -> int:
        self._number += 1
        text = ("%010d/" % self._number).ljust(self.load.size, "x")
        self._missing[self._number] = len(self.members)
        self._sent[self._number] = time.perf_counter()
        self.members[0].transport.write(masked_frame(TEXT, text.encode()))
        return self._number

    def came(self, number: int) -> None:
        missing = self._missing.get(number)
        if missing is None:
            return  # of the time before all had joined
        if self.tally.measuring:
            self.tally.messages += 1
            self.tally.latencies.append(time.perf_counter() - self._sent[number])
        if missing > 1:
            self._missing[number] = missing - 1
            return
        del self._missing[number], self._sent[number]
        if self.tally.sending:
            self.send()
        elif self._joining or not self._missing:
            self._idle.set()

    async def all_joined(self) -> None:
        """Wait until a message comes to all: where the handshake does not wait for the consumer, they join later."""
        self.tally.sending, self._joining, pause = False, True, 0.25
        while pause < self.load.patience:
            self.send()
            try:
                await asyncio.wait_for(self._idle.wait(), pause)
                break
            except asyncio.TimeoutError:
                pause *= 2
        else:
            raise SocketFailed("A message to the group does not come to all members.")
        self._missing.clear()
        self._idle.clear()
        self.tally.sending, self._joining = True, False

    async def finish(self) -> None:
        self.tally.sending = False
        if self._missing:
            self._idle.clear()
            try:
                await asyncio.wait_for(self._idle.wait(), self.load.patience)
            except asyncio.TimeoutError:
                self.tally.error("%d deliveries are missing." % sum(self._missing.values()))


class Member(ClientSocket):
    def __init__(self, load: Load, room: Room) -> None:
        super().__init__(load)
        self.room = room
        self.head = header(TEXT, load.size, False)
        self.length = len(self.head) + load.size

    def data_received(self, data: bytes) -> None:
        # One whole frame: the usual case.
        if len(data) == self.length and not self.buffer and data.startswith(self.head):
            self.room.came(int(data[len(self.head) : len(self.head) + 10]))
        else:
            super().data_received(data)

    def frame_came(self, payload: bytes, whole: bytes) -> None:
        self.room.came(int(payload[:10]))

    def cut(self, why: str) -> None:
        self.room.tally.error("A member was %s." % why)


async def generate(load: Load) -> Result:
    room = Room(load)
    tally = room.tally
    await opened(list(room.members), load)
    await room.all_joined()
    for _ in range(load.window):
        room.send()
    await asyncio.sleep(load.warmup)
    tally.measuring = True
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(load.seconds)
    tally.measuring = False
    seconds, used = time.perf_counter() - started, time.process_time() - used
    await room.finish()
    await asyncio.gather(*(member.close() for member in room.members))
    return tally.result(seconds, used)


# --- the measurement -----------------------------------------------------------------------------


def cases(plan: Plan) -> List[Case]:
    found = []
    for members in (100, 1000):
        # The slowest systems need a second for one message to that many.
        slowly = {"seconds": 2.5, "warmup": 1.0, "patience": 30.0} if members > 100 and not plan.quick else {}
        case = Case(
            title="Fan-out, a group of %d" % plan.sockets(members),
            systems=(SHIM, SYNC, ASYNC, RAW, OLD),
            take=loaded("fan_out", plan, work="fan", sockets=members, connecting=20, window=2, **slowly),
            unit="deliveries/s",
            rounds=plan.rounds(2 if members > 100 else 3),
            targets=(Target(SYNC, 5.0), Target(ASYNC, 1.0)),
            slow=members > 100,
        )
        on_redis = dataclasses.replace(
            case,
            systems=(SHIM, SYNC, ASYNC, OLD),
            layer="redis",
            targets=(Target(SYNC, 2.0), Target(ASYNC, 1.0)),
        )
        found += [case, on_redis]
    return found
