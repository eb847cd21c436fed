"""Tables for the eye, and RESULTS.md."""

from __future__ import annotations

import os
import platform
import statistics
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from measurement import Case, Sample, Table, Target
from systems import ASYNC, RAW, SHIM, SYNC, System

BUSY = 0.85  # share of a processor from which on the client may be the bottleneck
NOISE = 0.15  # share of a processor from which on other programs disturb

Row = Sequence[str]


def middle(values: Iterable[Optional[float]]) -> Optional[float]:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def number(value: Optional[float], form: str = "{:,.2f}") -> str:
    if value is None:
        return "–"
    return "{:,.0f}".format(value) if abs(value) >= 100 and form == "{:,.2f}" else form.format(value)


def spread(values: List[float]) -> Row:
    """Least, median and greatest."""
    return [number(function(values)) for function in (min, statistics.median, max)] if values else ["–"] * 3


def _grid(rows: List[Row], words: int) -> List[List[str]]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        [
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        for row in rows
    ]


def plain(rows: List[Row], words: int = 1) -> str:
    """A table whose first ``words`` columns are text."""
    return "\n".join("  ".join(row) for row in _grid(rows, words))


def markdown(rows: List[Row], words: int = 1) -> str:
    """As :func:`plain`."""
    ruler = ["---"] * words + ["---:"] * (len(rows[0]) - words)
    head, *rest = _grid(rows, words)
    return "\n".join("| %s |" % " | ".join(row) for row in (head, ruler, *rest))


# --- one table -----------------------------------------------------------------------------------


def figures(table: Table) -> List[Row]:
    """A row for each system."""
    rows: List[Row] = [(table.case.unit, "min", "median", "max", "p50 ms", "p99 ms", "server µs", "client", "errors")]
    for system in table.case.systems:
        samples = table.samples.get(system.name)
        if not samples:
            continue

        def column(read: Callable[[Sample], Any], samples: List[Sample] = samples) -> Optional[float]:
            return middle(map(read, samples))

        rows.append(
            (
                system.title,
                *spread(table.values(system)),
                number(column(lambda sample: sample.median_ms)),
                number(column(lambda sample: sample.p99_ms)),
                number(column(lambda sample: sample.server_us), "{:.0f}"),
                number(column(lambda sample: 100 * sample.client or None), "{:.0f} %"),
                str(sum(sample.errors for sample in samples)),
            )
        )
    return rows


def ratios(table: Table) -> List[Row]:
    """The shim beside each other system."""
    rows: List[Row] = [("compat /", "min", "median", "max")]
    for system in table.case.systems:
        found = table.compared(Target(system, 0.0))
        if system is not SHIM and found:
            rows.append((system.title, *spread(found)))
    return rows


def remarks(table: Table) -> List[str]:
    found = []
    for name, why in table.failed.items():
        found.append("%s could not be measured: %s" % (name, why.strip().splitlines()[-1] if why.strip() else "?"))
    others = middle(sample.others for samples in table.samples.values() for sample in samples)
    if others is not None and others >= NOISE:
        found.append("Other programs used %.0f %% of a processor meanwhile." % (100 * others))
    for name, samples in table.samples.items():
        if samples and statistics.median(sample.client for sample in samples) >= BUSY:
            found.append("The client was (nearly) the bottleneck for %s: its true rate may be higher." % name)
        errors = [sample.first_error for sample in samples if sample.errors]
        if errors:
            found.append("%s: %s" % (name, errors[0]))
        reordered = sum(sample.reordered for sample in samples)
        if reordered:
            found.append("%s: %d echoes came out of order." % (name, reordered))
    return found


# --- targets -------------------------------------------------------------------------------------


def _wanted(target: Target, case: Case) -> Tuple[str, str]:
    sign = "≤" if case.less else "≥"
    if target.against is None:
        return "compat alone", "%s %s %s" % (sign, number(target.bound), case.unit)
    if target.difference:
        return "compat – %s" % target.against.title, "%s %g %s" % (sign, target.bound, case.unit)
    return "compat / %s" % target.against.title, "%s %g" % (sign, target.bound)


def verdicts(tables: List[Table]) -> List[Row]:
    rows: List[Row] = [("measurement", "what", "target", "min", "median", "max", "")]
    for table in tables:
        case = table.case
        for target in case.targets:
            met = table.is_met(target)
            verdict = "not measured" if met is None else "met" if met else "**missed**"
            rows.append((case.name, *_wanted(target, case), *spread(table.compared(target)), verdict))
        ours, natives = _p99(table, SHIM), [_p99(table, system) for system in (SYNC, ASYNC)]
        known = [value for value in natives if value is not None]
        if case.p99 and ours is not None and known:
            verdict = "met" if ours <= min(known) else "**missed**"
            wanted = "≤ %.2f ms, the lower of native's" % min(known)
            rows.append((case.name, "p99 in ms", wanted, "", number(ours), "", verdict))
    return rows


def _p99(table: Table, system: System) -> Optional[float]:
    return middle(sample.p99_ms for sample in table.samples.get(system.name, []))


# --- where the time goes -------------------------------------------------------------------------


def _server_us(table: Table, system: System) -> Optional[float]:
    return middle(sample.server_us for sample in table.samples.get(system.name, []))


def where_time_goes(tables: List[Table], steps: Mapping[str, float]) -> str:
    """The processor time of one echo, taken apart."""
    echo = next(table for table in tables if table.case.title.startswith("Echo, "))
    ours, raw = _server_us(echo, SHIM), _server_us(echo, RAW)
    if not steps or ours is None or raw is None:
        return "Not measured."
    known = {
        "the server itself (raw ASGI): reading, parsing, making and writing a frame": raw,
        "the consumer's thread: signals around it, and Django's look at its database connections": steps[
            "signals and database connections"
        ],
        "… the Message and its route": steps["message and route"],
        "… the send": steps["send"],
    }
    inside = sum(list(known.values())[1:])
    known["… the consumer, metrics, the order on the network, calls between these"] = max(
        0.0, steps["consumer"] - inside
    )
    known["the socket's queue"] = steps["hand-over to a lane"]
    known["from the queue of answers to the server's `send`"] = steps["delivery"]
    rows: List[Row] = [("step", "µs", "share")]
    known["the rest: two threads that share one interpreter lock, wake-ups, the event loop's own steps"] = max(
        0.0, ours - sum(known.values())
    )
    for name, took in known.items():
        rows.append((name, "%.1f" % took, "%.0f %%" % (100 * took / ours)))
    rows.append(("together", "%.1f" % ours, ""))
    return (
        "Processor time of the server for one frame and its echo, in the first table. The steps were timed one by\n"
        "one in a process where nothing else ran; the rest is what they do not explain.\n\n" + markdown(rows)
    )


# --- the page ------------------------------------------------------------------------------------


def page(
    tables: List[Table],
    others: Dict[str, List[Table]],
    steps: Mapping[str, float],
    versions: Mapping[str, str],
    left_out: List[str],
    minutes: float,
) -> str:
    """RESULTS.md.

    Args:
        others: tables of other versions of channels, by what is installed there.
        left_out: what was not measured, and why.
    """
    parts = [
        "# Results",
        "Written by `make bench`, which took %.0f minutes on %s (%d processors).\n"
        "All systems took turns at the same work, round by round; ratios are within a round, and only they carry over\n"
        "to another machine. \"Server µs\" is the server's processor time for one message, \"client\" the share of a\n"
        "processor that the load generator used." % (minutes, _processor(), os.cpu_count() or 1),
        ", ".join("%s %s" % item for item in versions.items()),
        *(["Not measured: %s" % "; ".join(left_out)] if left_out else []),
        "## Targets",
        "Twelve times the real old stack: as it was deployed, with daphne, two workers and Redis. Its layer in "
        "memory,\nwhich was for development, is below.",
        markdown(verdicts(tables), words=3),
        "## Where the time goes",
        where_time_goes(tables, steps),
    ]
    for table in tables:
        parts += _section(table)
    for installed, found in others.items():
        parts.append("## %s" % installed)
        for table in found:
            parts += _section(table, "###")
    return "\n\n".join(parts) + "\n"


def _section(table: Table, heading: str = "##") -> List[str]:
    case = table.case
    parts = ["%s %s" % (heading, case.name), markdown(figures(table))]
    compared = ratios(table)
    if len(compared) > 1:
        parts.append(markdown(compared))
    return parts + ["%s" % remark for remark in remarks(table)]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
