"""Custom channels: a socket's consumer sends to one, whose consumer answers the client.

Native consumers need a worker process for it, and a layer on the network.
"""

from __future__ import annotations

from typing import List

from measurement import Case, Plan, loaded
from systems import NATIVE_WORKER, OLD, SHIM


def cases(plan: Plan) -> List[Case]:
    return [
        Case(
            title="Echo by way of a custom channel, %d sockets" % plan.sockets(50),
            systems=(SHIM, OLD) if layer == "memory" else (SHIM, NATIVE_WORKER, OLD),
            take=loaded("echo", plan, work="custom", ordered=False),
            unit="messages/s",
            layer=layer,
            rounds=plan.rounds(3),
        )
        for layer in ("memory", "redis")
    ]
