"""Runs every session of noxfile.py, two at a time, and sums up. ``python tools/matrix.py --help``

First all environments are made, then the tests run in them. A session's output is printed when it has ended,
so that two never mix. One that fails stops nothing: the others still run, and the whole fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import environments
from environments import ENVIRONMENTS, PYTHONS, ROOT

PASSED, FAILED, LEFT_OUT = "passed", "FAILED", "left out"

# Something that hangs must not take the time of all that comes after it.
LONGEST_SESSION = 15 * 60

# Of each session that failed, repeated at the end: it may be all of a long log that somebody sees.
LAST_LINES = 16
# In the tracebacks of a crash or a hang: says nothing.
FRAME_OF_PYTEST = re.compile(r"/(_pytest|pluggy)/")

SHIMS = [environment for environment in ENVIRONMENTS.values() if environment.is_shim]

# The long ones first: with two at a time, a long one at the end would run alone.
TESTS = (
    "conformance-redis",
    "deployment",
    "faults",
    "guide-examples",
    "guide-examples-2-3",
    "rewritten-native",
    "rewritten-shim",
    "conformance-memory",
    "conformance-workers",
    "conformance-uvicorn",
    "conformance-hypercorn",
    "packages-presence",
    "packages-television",
    "packages-otree",
    *(f"play-{environment.name}" for environment in ENVIRONMENTS.values() if environment.otree),
    *(f"unit-{environment.name}" for environment in SHIMS),
    *(f"upstream-{environment.name}" for environment in SHIMS),
    "cluster",
    "fuzz",
    "benchmarks",
    "passthrough",
    *(f"install-{version}" for version in PYTHONS),
    "guide-site",
    "lint",
)


@dataclass(frozen=True)
class Result:
    session: str
    outcome: str
    seconds: float
    output: str


class Runner:
    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = {**os.environ, **variables, "CHANNELS_COMPAT_LOCKED": "1", "PYTHONUNBUFFERED": "1"}
        self.printing = Lock()
        self.running: set[subprocess.Popen[bytes]] = set()
        self.stopped = False

    def run(self, session: str) -> Result:
        started = time.monotonic()
        log, report = self.folder / f"{session}.log", self.folder / f"{session}.json"
        command = [sys.executable, "-m", "nox", "--nocolor", "-f", str(ROOT / "noxfile.py")]
        command += ["--report", str(report), "-s", session]
        if self.stopped:
            return Result(session, FAILED, 0.0, "not started")
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.running.add(process)
            try:
                code: int | None = process.wait(LONGEST_SESSION)
            except subprocess.TimeoutExpired:
                code = None
                self.end(process)
        self.running.discard(process)
        text = log.read_text("utf-8", "replace")
        if code is None:
            text += f"\nended by us: still running after {LONGEST_SESSION} s\n"
        result = Result(session, self.outcome(code, report), time.monotonic() - started, text)
        self.print(result)
        return result

    @staticmethod
    def outcome(code: int | None, report: Path) -> str:
        if code != 0:
            return FAILED
        # nox ends with 0 after a session that skipped itself too.
        results = {entry["result"] for entry in json.loads(report.read_text())["sessions"]}
        return PASSED if results == {"success"} else LEFT_OUT if results <= {"success", "skipped"} else FAILED

    def print(self, result: Result) -> None:
        with self.printing:
            line = f"{result.session}: {result.outcome} in {result.seconds:.1f} s"
            print(f"\n{'=' * 20} {line} {'=' * 20}\n{result.output.rstrip()}", flush=True)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        for number, seconds in ((signal.SIGINT, 10), (signal.SIGKILL, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                return

    def stop(self) -> None:
        self.stopped = True
        for process in list(self.running):
            self.end(process)

    def run_all(self, sessions: list[str], jobs: int) -> list[Result]:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                return list(pool.map(self.run, sessions))
            except BaseException:
                self.stop()
                raise


def build_wheel(folder: Path) -> Path:
    """One wheel for all environments: none can be tested with another state of the sources."""
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=environments.NOT_COPIED)
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(source)], check=True, stdin=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def counted(results: list[Result]) -> Counter[str]:
    """What pytest's closing lines say, added up."""
    total: Counter[str] = Counter()
    for result in results:
        for line in re.findall(r"^=* ?((?:\d+ [a-z]+,? ?)+) in [\d.:]+s?", result.output, re.M):
            for number, word in re.findall(r"(\d+) (\w+)", line):
                total["errors" if word == "error" else word] += int(number)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="sessions at a time (default: 2)")
    parser.add_argument("sessions", nargs="*", help="only these (default: all)", metavar="SESSION")
    options = parser.parse_args()
    unknown = set(options.sessions) - {*TESTS, *ENVIRONMENTS}
    if unknown:
        parser.error(f"no such session: {', '.join(sorted(unknown))}")
    wanted = [name for name in TESTS if not options.sessions or name in options.sessions]

    # Otherwise being told to end would leave the sessions running, which are in process groups of their own.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"ended by signal {number}"))
    environments.lock()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="channels-compat-matrix-") as name:
        folder = Path(name)
        wheel = build_wheel(folder)
        print(f"environments in {environments.environments_folder()}, {wheel.name} in each", flush=True)
        made = Runner(folder, {"CHANNELS_COMPAT_WHEEL": str(wheel)}).run_all(list(ENVIRONMENTS), options.jobs)
        prepared = time.monotonic() - started
        variables = {"CHANNELS_COMPAT_WHEEL": str(wheel), "CHANNELS_COMPAT_PREPARED": "1"}
        tested = Runner(folder, variables).run_all(wanted, options.jobs)

    results = made + tested
    print(f"\n{'=' * 20} matrix {'=' * 20}")
    for result in results:
        print(f"{result.session:32} {result.outcome:8} {result.seconds:8.1f} s")
    total = time.monotonic() - started
    print(f"{'environments':32} {'':8} {prepared:8.1f} s\n{'all':32} {'':8} {total:8.1f} s")
    counts = counted(tested)
    failed = [result for result in results if result.outcome == FAILED]
    print("failed sessions: " + (", ".join(result.session for result in failed) or "none"))
    bad = counts["failed"] + counts["errors"]
    print(f"tests: {counts['passed']} passed, {bad} failed, {counts['skipped']} skipped")
    for result in failed:
        lines = [line[:200] for line in result.output.splitlines() if line.strip() and not FRAME_OF_PYTEST.search(line)]
        print(f"\n{result.session}, its last lines:", *lines[-LAST_LINES:], sep="\n    ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
