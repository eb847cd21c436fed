"""What a measurement is: systems that take turns at the same work, compared round by round.

Every round gives each system one short slice, in rotating order, so that a drift of the machine hits all alike.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import statistics
import time
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from load import LoadFailed, run
from systems import OLD, SHIM, Running, Site, StartFailed, System, machine_seconds


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much is done.

    Args:
        quick: as little as shows that it works; its figures say nothing.
    """

    quick: bool = False
    seconds: float = 1.0

    def rounds(self, wanted: int) -> int:
        return 1 if self.quick else wanted

    def sockets(self, wanted: int) -> int:
        return min(wanted, 5) if self.quick else wanted


@dataclasses.dataclass(frozen=True)
class Sample:
    """One system in one round.

    Args:
        value: what is compared.
        server_us: processor time of the server for a message, in µs, where /proc tells.
        client, others: shares of a processor that the client and other programs used.
    """

    value: float
    median_ms: Optional[float] = None
    p99_ms: Optional[float] = None
    server_us: Optional[float] = None
    client: float = 0.0
    others: Optional[float] = None
    errors: int = 0
    reordered: int = 0
    first_error: str = ""


@dataclasses.dataclass(frozen=True)
class Target:
    """What is asked of the shim.

    Args:
        against: the system that its value is divided by; None for the value itself.
        bound: at least that much, or at most where less is better.
        difference: the other's value is taken off instead.
    """

    against: Optional[System]
    bound: float
    difference: bool = False


@dataclasses.dataclass(frozen=True)
class Case:
    """One table.

    Args:
        take: measures a system once.
        less: whether less is better.
        fresh: whether each round has servers of its own.
        serve: whether there is a server at all.
        slow: what a short run leaves out.
        p99: whether the shim's 99th percentile is held against the native systems'.
    """

    title: str
    systems: Tuple[System, ...]
    take: Callable[[Running], Sample]
    unit: str
    rounds: int
    server: str = "uvicorn"
    layer: str = "memory"
    targets: Tuple[Target, ...] = ()
    less: bool = False
    fresh: bool = False
    serve: bool = True
    slow: bool = False
    p99: bool = False

    @property
    def name(self) -> str:
        if not self.serve:
            return self.title
        return "%s (%s, %s)" % (self.title, self.server, "Redis" if self.layer == "redis" else "in memory")


@dataclasses.dataclass
class Table:
    """What a case gave.

    Attributes:
        failed: systems that could not be measured, and why.
    """

    case: Case
    samples: Dict[str, List[Sample]]
    failed: Dict[str, str]

    def values(self, system: System) -> List[float]:
        return [sample.value for sample in self.samples.get(system.name, [])]

    def compared(self, target: Target) -> List[float]:
        """The shim beside another system, round by round; empty if one of them is missing."""
        ours = self.values(SHIM)
        if target.against is None:
            return ours
        pairs = zip(ours, self.values(target.against))
        if target.difference:
            return [own - other for own, other in pairs]
        return [own / other for own, other in pairs if other]

    def is_met(self, target: Target) -> Optional[bool]:
        """None if it was not measured."""
        found = self.compared(target)
        if not found:
            return None
        middle = statistics.median(found)
        return middle <= target.bound if self.case.less else middle >= target.bound

    @property
    def errors(self) -> int:
        """Those of all systems but the real old stack, whose losses are its own business."""
        return sum(sample.errors for name, found in self.samples.items() if name != OLD.name for sample in found)


# --- taking samples ------------------------------------------------------------------------------


def loaded(kind: str, plan: Plan, work: str = "echo", sockets: int = 50, **more: Any) -> Callable[[Running], Sample]:
    """What puts a load on a system and samples its rate.

    Args:
        kind, more: see :class:`load.Load`.
    """
    seconds, warmup = (0.3, 0.1) if plan.quick else (plan.seconds, 0.4)
    given = {"kind": kind, "sockets": plan.sockets(sockets), "seconds": seconds, "warmup": warmup, **more}

    def take(running: Running) -> Sample:
        load = running.load(work, **{"ordered": running.system.ordered, **given})
        begun, before = time.perf_counter(), _used(running)
        try:
            result = run(load)
        except LoadFailed as error:
            raise LoadFailed("%s\n%s" % (error, running.output()[-2000:])) from None
        after, passed = _used(running), time.perf_counter() - begun
        if not result.messages:
            raise LoadFailed("No message came. %s\n%s" % (result.first_error, running.output()[-2000:]))
        server_us = others = None
        if before is not None and after is not None:
            # What was sent before the measured slice has cost time too.
            messages = result.messages * (result.seconds + load.warmup) / result.seconds
            server_us = 1e6 * (after[0] - before[0]) / messages
            others = max(0.0, (after[1] - before[1]) / passed)
        return Sample(
            value=result.rate,
            median_ms=result.median_ms,
            p99_ms=result.p99_ms,
            server_us=server_us,
            client=result.processor,
            others=others,
            errors=result.errors,
            reordered=result.reordered,
            first_error=result.first_error,
        )

    return take


def _used(running: Running) -> Optional[Tuple[float, float]]:
    """Processor time used so far by the server and by whatever is not of this benchmark."""
    server, machine = running.processor_seconds(), machine_seconds()
    if server is None or machine is None:
        return None
    own = os.times()  # with the load generators, which have ended
    return server, machine - server - sum(own[:4])


def measure(case: Case, site: Site, tell: Callable[[str], None]) -> Table:
    """Measure all systems of a case that are here.

    Args:
        tell: is called with a line for each round.
    """
    systems = [system for system in case.systems if system is not OLD or site.old_python]
    table = Table(case, {system.name: [] for system in systems}, {})
    with contextlib.ExitStack() as stack:
        servers: Dict[str, Running] = {}
        for system in systems:
            running = Running(system, site, case.server, case.layer) if case.serve else _unserved(system, site)
            if case.serve and not case.fresh:
                try:
                    stack.enter_context(running)
                except StartFailed as error:
                    table.failed[system.name] = str(error)
                    continue
            servers[system.name] = running
        for number in range(case.rounds):
            for system in _turned(systems, number):
                if system.name in servers and system.name not in table.failed:
                    _sample(case, site, servers[system.name], table)
            rates = ["%s %.4g" % (name, found[-1].value) for name, found in table.samples.items() if found]
            tell("round %d of %d: %s" % (number + 1, case.rounds, ", ".join(rates)))
    return table


def _unserved(system: System, site: Site) -> Running:
    # Start-up is measured without a server; which interpreter, the object says all the same.
    return Running(dataclasses.replace(system, application=SHIM.application), site)


def _turned(systems: List[System], number: int) -> Iterable[System]:
    turn = number % len(systems)
    return systems[turn:] + systems[:turn]


def _sample(case: Case, site: Site, running: Running, table: Table) -> None:
    name = running.system.name
    try:
        if case.fresh:
            with Running(running.system, site, case.server, case.layer) as fresh:
                table.samples[name].append(case.take(fresh))
        else:
            table.samples[name].append(case.take(running))
    except (LoadFailed, StartFailed, OSError) as error:
        table.failed[name] = str(error)
        table.samples[name].clear()
