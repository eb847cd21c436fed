"""Consumers that wait for the database: an echo after a query of 5 ms."""

from __future__ import annotations

from typing import List

from measurement import Case, Plan, Target, loaded
from systems import ASYNC, OLD, SHIM, SYNC, THREADS

QUERY = 0.005  # seconds; bench/database.py


def cases(plan: Plan) -> List[Case]:
    return [
        Case(
            title="Consumers that wait 5 ms for SQLite, %d sockets" % plan.sockets(50),
            systems=(SHIM, SYNC, ASYNC, OLD),
            take=loaded("echo", plan, work="block"),
            unit="messages/s",
            rounds=plan.rounds(3),
            targets=(Target(None, 0.8 * min(THREADS, plan.sockets(50)) / QUERY),),
            p99=True,
        )
    ]
