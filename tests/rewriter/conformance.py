"""The conformance scenarios with rewritten projects: nothing that a client sees may change.

    python tests/rewriter/conformance.py --to shim -- --stack channels43=/path/python --layer memory -k chat

Copies the projects, rewrites the copy, and runs tests/conformance on it with what follows ``--``; the judge is what the
old stack did with the projects as they were. With --native-only, only those of which something becomes native: on what
stays as it was, another stack tells nothing that --to shim has not told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECTS = REPOSITORY / "tests" / "conformance" / "projects"


def rewrite(folder: Path, to: str, target: int | None = None, *more: str) -> subprocess.CompletedProcess[str]:
    """Rewrite what is in a folder by the command line that users have."""
    command = [sys.executable, "-m", "compat", "rewrite", ".", "--to", to, "--write", "--allow-dirty", *more]
    if target:
        command += ["--target", str(target)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def rewritten_copy(folder: Path, to: str, target: int | None = None, *more: str) -> str:
    """Fill ``folder`` with the projects, rewritten; returns the report."""
    shutil.copytree(PROJECTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    # Each project by itself, as its author would do it, and what they share.
    told = []
    for project in sorted(path for path in folder.iterdir() if path.is_dir()):
        done = rewrite(project, to, target, *more)
        if done.returncode not in (0, 1, 2):
            raise RuntimeError(done.stdout)
        told.append(f"--- {project.name}\n{done.stdout}")
    return "\n".join(told)


def native(folder: Path) -> list[str]:
    """The names of the rewritten projects that have native consumers."""
    applications = folder.glob("*/proj/asgi.py")
    return sorted(file.parts[-3] for file in applications if "URLRouter" in file.read_text("utf-8"))


def run(
    to: str,
    target: int | None,
    arguments: list[str],
    folder: Path,
    *more: str,
    projects: Iterable[str] = (),
    native_only: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Rewrite the projects and run the scenarios with them."""
    report = rewritten_copy(folder, to, target, *more)
    (folder / "report.txt").write_text(report, "utf-8")
    command = [sys.executable, "-m", "pytest", "tests/conformance", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "CONFORMANCE_PROJECTS": str(folder)}
    if to == "native":
        environment["CONFORMANCE_NATIVE"] = "1"
        command += without(arguments, "path_without_route")
        if not native(folder):
            raise RuntimeError("no project has become native")
    environment["CONFORMANCE_ONLY"] = " ".join(native(folder) if native_only else projects)
    return subprocess.run(command, cwd=REPOSITORY, env=environment)


def without(arguments: list[str], scenario: str) -> list[str]:
    """Options to leave out a scenario: this one waits for a line that only 0.17's router logs; what clients of such a
    path see is tested in test_conformance.py."""
    stacks = [text.partition("=")[0] for before, text in zip(arguments, arguments[1:]) if before == "--stack"]
    return [
        f"--deselect=tests/conformance/test_scenarios.py::test_scenario[{stack}-{layer}-{scenario}]"
        for stack in stacks or ["here"]
        for layer in ("memory", "redis")
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", choices=("shim", "native"), default="shim")
    parser.add_argument("--target", type=int)
    parser.add_argument("--async", dest="more", action="append_const", const="--async", default=[])
    parser.add_argument("--project", action="append", default=[], help="only scenarios of this one (repeatable)")
    parser.add_argument("--native-only", action="store_true")
    parser.add_argument("--keep", type=Path, help="rewrite into this folder and keep it")
    parser.add_argument("arguments", nargs="*", metavar="...", help="for pytest")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep.resolve() if given.keep else Path(temporary)
        wanted = {"projects": given.project, "native_only": given.native_only}
        ended = run(given.to, given.target, given.arguments, folder, *given.more, **wanted)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
