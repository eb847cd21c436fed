#!/usr/bin/env python
"""All measurements in one run: a legacy consumer under compat beside native consumers of the same channels, a raw
ASGI application and the real channels 0.17.3. Prints tables and writes RESULTS.md.

    make bench
    python benchmarks/run.py --only echo fan_out --no-file
    python benchmarks/run.py --quick --no-file       # shows that it works; its figures say nothing

The old stack, Redis and the other versions of channels are those of nox, where they have been made
(`nox -s old redis py38-channels24-django22 py39-channels30-django32`). Exits with 1 if a message was lost or wrong
(the real old stack excepted), with 2 if a system could not be measured.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import report
from measurement import Case, Plan, Table, measure
from systems import ASYNC, PROJECT, RAW, ROOT, SHIM, SYNC, Site, environment

sys.path.insert(1, str(ROOT / "tools"))

from environments import ENVIRONMENTS, redis_server

MEASUREMENTS = (
    "echo",
    "fan_out",
    "connections",
    "blocking",
    "idle_memory",
    "custom_channels",
    "pass_through",
    "start_up",
)
OTHERS = ("py38-channels24-django22", "py39-channels30-django32")
RESULTS = Path(__file__).resolve().with_name("RESULTS.md")
PACKAGES = ("channels", "channels_redis", "django", "asgiref", "uvicorn", "daphne", "websockets")


def environment_python(name: str) -> Optional[str]:
    """The interpreter of an environment of nox, if it is made."""
    python = ENVIRONMENTS[name].python()
    return str(python) if Path(python).exists() else None


@contextlib.contextmanager
def redis(folder: str) -> Iterator[Optional[str]]:
    """A Redis server of our own, that keeps nothing; yields its address, or None if there is no redis-server."""
    program = redis_server()
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield "redis://127.0.0.1:%d" % port
    finally:
        process.terminate()
        process.wait()


def versions(python: str) -> Dict[str, str]:
    """What is installed there."""
    code = (
        "import json, platform, sys\n"
        "try:\n    from importlib.metadata import version\n"
        "except ImportError:\n    from importlib_metadata import version\n"
        "found = {'Python': platform.python_version()}\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        found[name] = version(name)\n"
        "    except Exception:\n        pass\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([python, "-c", code, *PACKAGES], capture_output=True, text=True, check=True)
    found: Dict[str, str] = json.loads(done.stdout)
    return found


def steps(site: Site) -> Dict[str, float]:
    """How long the steps of an echo take; see project/bench/steps.py."""
    done = subprocess.run(
        [site.python, "-m", "bench.steps"],
        capture_output=True, text=True, check=True, cwd=str(PROJECT), env=environment(SHIM, "", site.folder),
    )  # fmt: skip
    found: Dict[str, float] = json.loads(done.stdout)
    return found


class Run:
    """Goes through cases and keeps what they gave.

    Args:
        until: no case is begun after it, as of :func:`time.monotonic`.
    """

    def __init__(self, until: float) -> None:
        self.until = until
        self.left_out: List[str] = []

    def through(self, cases: List[Case], site: Site) -> List[Table]:
        tables = []
        for case in cases:
            if case.layer == "redis" and site.redis is None:
                self.left_out.append("%s: no redis-server (nox -s redis)" % case.name)
            elif time.monotonic() > self.until:
                self.left_out.append("%s: no time left" % case.name)
            else:
                print("\n%s" % case.name, flush=True)
                table = measure(case, site, lambda line: print("  " + line, file=sys.stderr, flush=True))
                tables.append(table)
                show(table)
        return tables


def show(table: Table) -> None:
    print(report.plain(report.figures(table)))
    compared = report.ratios(table)
    if len(compared) > 1:
        print(report.plain(compared))
    for remark in report.remarks(table):
        print("! " + remark)
    sys.stdout.flush()


def quick_cases(cases: List[Case]) -> List[Case]:
    return [case for case in cases if not case.slow]


def on_other_versions(run: Run, plan: Plan, site: Site) -> Dict[str, List[Table]]:
    """Echo and fan-out in memory on the other versions of channels."""
    found = {}
    for name in OTHERS:
        python = environment_python(name)
        if python is None:
            run.left_out.append("%s: not made (nox -s %s)" % (name, name))
            continue
        cases = [
            dataclasses.replace(case, systems=(SHIM, SYNC, ASYNC, RAW), targets=(), rounds=plan.rounds(3))
            for kind in ("echo", "fan_out")
            for case in quick_cases(importlib.import_module(kind).cases(plan))
            if case.layer == "memory" and case.server == "uvicorn"
        ]
        installed = ", ".join("%s %s" % item for item in versions(python).items())
        print("\n%s" % installed)
        found[installed] = run.through(cases, dataclasses.replace(site, python=python, old_python=None))
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=MEASUREMENTS, metavar="MEASUREMENT")
    parser.add_argument("--quick", action="store_true", help="the least that shows that it works")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice (default: 1)")
    parser.add_argument("--minutes", type=float, default=11.5, help="no table is begun after it (default: 11.5)")
    parser.add_argument("--python", default=sys.executable, help="whose channels is measured (default: this one)")
    parser.add_argument("--file", type=Path, default=RESULTS, help="what to write (default: benchmarks/RESULTS.md)")
    parser.add_argument("--no-file", dest="file", action="store_const", const=None)
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    # 2,000 sockets, here and in the servers.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    plan, begun = Plan(given.quick, given.seconds), time.monotonic()
    run = Run(begun + 60 * given.minutes)
    with tempfile.TemporaryDirectory() as folder, redis(folder) as address:
        site = Site(given.python, environment_python("old"), address, folder)
        if site.old_python is None:
            run.left_out.append("channels 0.17.3: not made (nox -s old)")
        cases = [case for name in given.only for case in importlib.import_module(name).cases(plan)]
        tables = run.through(quick_cases(cases) if given.quick else cases, site)
        others = {} if given.quick or given.only != MEASUREMENTS else on_other_versions(run, plan, site)
        timed = steps(site) if "echo" in given.only else {}
    print("\n" + report.plain(report.verdicts(tables), words=3))
    for line in run.left_out:
        print("! not measured: " + line)
    if given.file:
        minutes = (time.monotonic() - begun) / 60
        text = report.page(tables, others, timed, versions(given.python), run.left_out, minutes)
        given.file.write_text(text, encoding="utf-8")
    if given.json:
        given.json.write_text(json.dumps(samples(tables), indent=1) + "\n")
    every = tables + [table for found in others.values() for table in found]
    if any(table.failed for table in every):
        return 2
    return 1 if any(table.errors for table in every) else 0


def samples(tables: List[Table]) -> List[Dict[str, Any]]:
    return [
        {
            "case": table.case.name,
            "unit": table.case.unit,
            "samples": {
                name: [dataclasses.asdict(sample) for sample in found] for name, found in table.samples.items()
            },
        }
        for table in tables
    ]


if __name__ == "__main__":
    sys.exit(main())
