#!/usr/bin/env python
"""How long the rewriter takes for a large tree of which 1 % concerns it, beside django-upgrade on the same tree.

    python benchmarks/rewriter.py --django 5.2.8     # Django's own source, from PyPI
    python benchmarks/rewriter.py                    # a made-up tree of that size: 2,560 files, 340,000 lines
    python benchmarks/rewriter.py --tree /some/tree  # as it is

What is wanted on two cores: --to shim in less than 3 s, and in less than 150 MB.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FILES, LINES = 2560, 340_000

FILLER = '''\
class Model{number}(Base):
    """Something with fields."""

    name = CharField(max_length={number}, blank=True)

    def compute(self, value, other=None):
        # A comment that says why.
        if value > {number} and other is not None:
            return [item.lower() for item in other if item]
        return {{"value": value, "number": {number}}}


'''
CONSUMERS = '''\
import json

from channels import Channel, Group
from channels.auth import channel_session_user, channel_session_user_from_http
from channels.routing import route


@channel_session_user_from_http
def ws_connect(message, room):
    Group("chat-%s" % room).add(message.reply_channel)


@channel_session_user
def ws_receive(message, room):
    Group("chat-%s" % room).send({"text": json.dumps({"who": message.user.username, "text": message["text"]})})


channel_routing = [
    route("websocket.connect", ws_connect, path=r"^/chat/(?P<room>\\w+)$"),
    route("websocket.receive", ws_receive, path=r"^/chat/(?P<room>\\w+)$"),
]


'''


def make_tree(folder: Path, files: int) -> None:
    """Files of many sizes, as in a real tree."""
    rng = random.Random(1)
    sizes = [rng.lognormvariate(0, 1.2) for _ in range(files)]
    per_size = LINES * files / FILES / sum(sizes)
    filler_lines = FILLER.count("\n")
    for number, size in enumerate(sizes):
        parts = max(1, round(size * per_size / filler_lines))
        start = "from base import Base, CharField\n\n\n"
        path = folder / f"package{number // 40}" / f"module{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(start + "".join(FILLER.format(number=part) for part in range(parts)))


def download_django(folder: Path, version: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, f"Django=={version}", "--dest", str(folder)], check=True)
    (archive,) = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder)
    archive.unlink()


def add_consumers(tree: Path) -> None:
    """One file in a hundred concerns us."""
    files = sorted(path for path in tree.rglob("*.py") if path.stat().st_size > 1000)
    wanted = max(1, len(list(tree.rglob("*.py"))) // 100)
    for path in files[:: max(1, len(files) // wanted)][:wanted]:
        path.write_bytes(path.read_bytes().rstrip() + b"\n\n\n" + CONSUMERS.rstrip().encode() + b"\n")


def measure(name: str, command: list[str], folder: Path, times: int) -> None:
    """Print the best of several runs: seconds by the clock and of processors, and the size of the largest process."""
    best, processors, memory = float("inf"), float("inf"), 0
    for _ in range(times):
        with tempfile.TemporaryFile() as output:
            begun = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment())
            _, status, usage = os.wait4(process.pid, 0)
            best = min(best, time.perf_counter() - begun)
            process.returncode = os.waitstatus_to_exitcode(status)
            processors = min(processors, usage.ru_utime + usage.ru_stime)
            memory = max(memory, usage.ru_maxrss)
            if process.returncode > 2 or process.returncode < 0:
                output.seek(0)
                sys.exit(output.read().decode())
    print(f"{name:44} {best:6.2f} s   {processors:6.2f} s of processors   {memory / 1024:6.0f} MB", flush=True)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--django", metavar="VERSION", help="download this one's source and use it")
    parser.add_argument("--files", type=int, default=FILES, help="how many files to make up")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = given.tree or Path(folder)
        if given.django:
            download_django(tree, given.django)
        elif given.tree is None:
            make_tree(tree, given.files)
        if given.tree is None:
            add_consumers(tree)
        python = sorted(path for path in tree.rglob("*.py"))
        relevant = sum(b"channels.routing" in path.read_bytes() for path in python)
        print(f"{len(python)} Python files, {relevant} of them with consumers")
        rewrite = [sys.executable, "-m", "compat", "rewrite", ".", "--check"]
        measure("rewrite --to shim", [*rewrite, "--to", "shim"], tree, given.times)
        measure("rewrite --to shim, one process", [*rewrite, "--to", "shim", "--jobs", "1"], tree, given.times)
        measure("rewrite --to native", [*rewrite, "--to", "native"], tree, given.times)
        # As pre-commit runs it: it takes names of files only. Last, because it writes.
        names = [str(path.relative_to(tree)) for path in python]
        upgrade = [sys.executable, "-m", "django_upgrade", "--target-version", "4.2", *names]
        measure("django-upgrade", upgrade, tree, 1)


if __name__ == "__main__":
    main()
