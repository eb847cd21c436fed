#!/usr/bin/env python
"""Echo over WebSockets: a legacy consumer under compat beside native consumers and a raw ASGI application.

Every round gives each system one short slice, in rotating order, so that a drift of the machine hits all
alike; the ratios are taken within a round. Exits with 1 if an echo was lost or wrong (the real old stack
excepted), with 2 if a system could not be measured.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import statistics
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

from load import Load, LoadFailed, Result, run
from systems import ASYNC, OLD, RAW, SERVERS, SHIM, SYNC, Running, StartFailed, System, machine_seconds

BUSY = 0.85  # share of a processor from which on the client may be the bottleneck
NOISE = 0.15  # share of a processor from which on other programs disturb


@dataclasses.dataclass(frozen=True)
class Slice:
    """One system in one round, and the shares of a processor that its server and other programs used.

    The shares are None where /proc does not tell.
    """

    result: Result
    server: Optional[float]
    others: Optional[float]


def processor_seconds(running: Running) -> Optional[Tuple[float, float]]:
    """Processor time used so far by the server and by whatever is not of this benchmark."""
    server, machine = running.processor_seconds(), machine_seconds()
    if server is None or machine is None:
        return None
    own = os.times()  # with the load generators, which have ended
    return server, machine - server - sum(own[:4])


def measure(running: Running, load: Load) -> Slice:
    started, before = time.perf_counter(), processor_seconds(running)
    result = run(load)
    after, seconds = processor_seconds(running), time.perf_counter() - started
    if before is None or after is None:
        return Slice(result, None, None)
    loaded = result.seconds + load.warmup  # the generator's own start does not count for the server
    return Slice(result, (after[0] - before[0]) / loaded, max(0.0, (after[1] - before[1]) / seconds))


def median_share(shares: Iterable[Optional[float]]) -> Optional[float]:
    known = [share for share in shares if share is not None]
    return statistics.median(known) if known else None


def percent(share: Optional[float]) -> str:
    return "?" if share is None else "%.0f %%" % (100 * share)


def rounds(options: argparse.Namespace, systems: List[System]) -> Dict[str, List[Slice]]:
    slices: Dict[str, List[Slice]] = {system.name: [] for system in systems}
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(Running(system, options.server, options.layer, options.old_python))
            for system in systems
        ]
        for number in range(options.rounds):
            turn = number % len(servers)
            for running in servers[turn:] + servers[:turn]:
                load = Load(
                    port=running.port,
                    path=running.system.path,
                    sockets=options.sockets,
                    size=options.size,
                    window=options.window,
                    seconds=options.seconds,
                    warmup=options.warmup,
                    ordered=running.system.ordered,
                )
                try:
                    slices[running.system.name].append(measure(running, load))
                except LoadFailed as error:
                    raise LoadFailed(
                        "%s: %s\n%s" % (running.system.name, error, running.output()[-3000:])
                    ) from None
            rates = ("%s %.0f" % (name, found[-1].result.rate) for name, found in slices.items())
            progress = "round %d of %d: %s" % (number + 1, options.rounds, ", ".join(rates))
            print(progress, file=sys.stderr, flush=True)
    return slices


def ratios(slices: Dict[str, List[Slice]]) -> Dict[str, List[float]]:
    """The shim's rate divided by every other system's, round by round."""
    shim = slices[SHIM.name]
    return {
        name: [ours.result.rate / theirs.result.rate for ours, theirs in zip(shim, found)]
        for name, found in slices.items()
        if name != SHIM.name and all(theirs.result.messages for theirs in found)
    }


# --- what is printed -----------------------------------------------------------------------------


def print_tables(
    systems: List[System], slices: Dict[str, List[Slice]], compared: Dict[str, List[float]]
) -> None:
    line = "%-36s %9s %9s %9s %9s %9s %7s %7s %7s %7s"
    heads = ("min", "median", "max", "p50 ms", "p99 ms", "server", "client", "others", "errors")
    print(line % ("messages/s", *heads))
    for system in systems:
        found = slices[system.name]
        results = [part.result for part in found]
        rates = [result.rate for result in results]
        print(
            line
            % (
                "%-6s%s" % (system.name, system.title),
                "%.0f" % min(rates),
                "%.0f" % statistics.median(rates),
                "%.0f" % max(rates),
                "%.2f" % statistics.median(result.median_ms for result in results),
                "%.2f" % statistics.median(result.p99_ms for result in results),
                percent(median_share(part.server for part in found)),
                percent(median_share(result.processor for result in results)),
                percent(median_share(part.others for part in found)),
                sum(result.errors for result in results),
            )
        )
    print()
    print("%-36s %9s %9s %9s" % ("ratio, round by round", "min", "median", "max"))
    for name, values in compared.items():
        print(
            "%-36s %9.2f %9.2f %9.2f"
            % ("shim / " + name, min(values), statistics.median(values), max(values))
        )


def print_remarks(slices: Dict[str, List[Slice]]) -> None:
    others = median_share(part.others for found in slices.values() for part in found)
    if others is not None and others >= NOISE:
        print("! Other programs used %s of a processor: do not quote these figures." % percent(others))
    for name, found in slices.items():
        if statistics.median(part.result.processor for part in found) >= BUSY:
            print("! The client was (nearly) the bottleneck for %s: its true rate may be higher." % name)
        errors = [part.result.first_error for part in found if part.result.errors]
        if errors:
            print("! %s: %s" % (name, errors[0]))
        reordered = sum(part.result.reordered for part in found)
        if reordered:
            print("! %s: %d echoes came out of order." % (name, reordered))


def versions() -> Dict[str, str]:
    found = {"python": platform.python_version()}
    servers = (*SERVERS, "websockets", "wsproto", "uvloop")
    for name in ("channels", "channels_redis", "django", "asgiref", *servers):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def write_json(
    path: str, options: argparse.Namespace, slices: Dict[str, List[Slice]], compared: Dict[str, List[float]]
) -> None:
    content = {
        "benchmark": "echo",
        "options": {key: value for key, value in vars(options).items() if key not in ("json", "require")},
        "versions": versions(),
        "slices": {name: [dataclasses.asdict(part) for part in found] for name, found in slices.items()},
        "ratios": compared,
    }
    Path(path).write_text(json.dumps(content, indent=2) + "\n")


# --- the command line ----------------------------------------------------------------------------


def requirement(text: str) -> Tuple[str, float]:
    """`sync>=1.5` as (name, number)."""
    name, separator, number = text.partition(">=")
    if not separator or name.strip() not in (SYNC.name, ASYNC.name, RAW.name, OLD.name):
        raise argparse.ArgumentTypeError("write it as 'sync>=1.5', with sync, async, raw or old")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise argparse.ArgumentTypeError("%r is no number" % number) from None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--server", choices=SERVERS, default="uvicorn")
    parser.add_argument("--sockets", type=int, default=50)
    parser.add_argument("--size", type=int, default=100, help="bytes in a frame")
    parser.add_argument("--window", type=int, default=1, help="frames on the way per socket")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a slice")
    parser.add_argument("--warmup", type=float, default=0.5, help="seconds before each slice")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--layer", default="memory", help="memory, or a redis:// address")
    parser.add_argument("--old-python", help="an interpreter with channels 0.17.3: measures the old too")
    parser.add_argument("--json", help="write all figures to this file")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        type=requirement,
        metavar="NAME>=RATIO",
        help="exit with 1 if the median of shim/NAME is lower",
    )
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.layer != "memory" and "://" not in options.layer:
        parser.error("--layer must be memory or an address like redis://127.0.0.1:6379/0")
    if any(name == OLD.name for name, _ in options.require) and not options.old_python:
        parser.error("--require old needs --old-python")
    try:
        Load(port=0, path="/", size=options.size, window=options.window)
    except ValueError as error:
        parser.error(str(error))
    return options


def main() -> int:
    options = arguments()
    systems = [SHIM, SYNC, ASYNC, RAW] + ([OLD] if options.old_python else [])
    try:
        slices = rounds(options, systems)
    except (LoadFailed, StartFailed) as error:
        print("FAILED. %s" % error, file=sys.stderr)
        return 2
    compared = ratios(slices)
    print(
        "%s, %d sockets, %d bytes, window %d, layer %s, %d rounds of %g s; %s\n"
        % (
            options.server,
            options.sockets,
            options.size,
            options.window,
            options.layer,
            options.rounds,
            options.seconds,
            ", ".join("%s %s" % item for item in versions().items()),
        )
    )
    print_tables(systems, slices, compared)
    print_remarks(slices)
    if options.json:
        write_json(options.json, options, slices, compared)

    code = 0
    for name, least in options.require:
        found = statistics.median(compared[name]) if name in compared else 0.0
        if found < least:
            print("! Required: shim / %s >= %g, but the median is %.2f." % (name, least, found))
            code = 1
    # What the real old stack loses is its own business.
    if any(part.result.errors for name, found in slices.items() if name != OLD.name for part in found):
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
