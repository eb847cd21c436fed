#!/usr/bin/env python
"""How long the rewriter takes for a large tree of which 1 % concerns it, beside django-upgrade on the same tree.

    python benchmarks/rewriter.py                    # makes a tree like Django's own: 2,560 files, 340,000 lines
    python benchmarks/rewriter.py --tree /some/tree
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FILES, LINES, RELEVANT = 2560, 340_000, 26

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


def make_tree(folder: Path) -> None:
    """Files of many sizes, as in a real tree."""
    rng = random.Random(1)
    sizes = [rng.lognormvariate(0, 1.2) for _ in range(FILES)]
    per_size = LINES / sum(sizes)
    filler_lines = FILLER.count("\n")
    for number, size in enumerate(sizes):
        parts = max(1, round(size * per_size / filler_lines))
        start = CONSUMERS if number % (FILES // RELEVANT) == 0 else "from base import Base, CharField\n\n\n"
        path = folder / f"package{number // 40}" / f"module{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(start + "".join(FILLER.format(number=part) for part in range(parts)))


def measure(name: str, command: list[str], folder: Path, times: int) -> None:
    best, memory = float("inf"), 0
    for _ in range(times):
        begun = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment())
        best = min(best, time.perf_counter() - begun)
        memory = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        if done.returncode > 2:
            sys.exit(done.stdout.decode())
    # The largest process so far: that is why the smaller command comes first.
    print(f"{name:44} {best:6.2f} s   {memory / 1024:6.0f} MB in one process")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = given.tree or Path(folder)
        if given.tree is None:
            make_tree(tree)
        rewrite = [sys.executable, "-m", "compat", "rewrite", ".", "--check"]
        measure("rewrite --to shim", [*rewrite, "--to", "shim"], tree, given.times)
        measure("rewrite --to shim, one process", [*rewrite, "--to", "shim", "--jobs", "1"], tree, given.times)
        measure("rewrite --to native", [*rewrite, "--to", "native"], tree, given.times)
        if importlib.util.find_spec("django_upgrade"):
            names = sorted(str(path.relative_to(tree)) for path in tree.rglob("*.py"))
            upgrade = [sys.executable, "-m", "django_upgrade", "--target-version", "4.2", *names]
            measure("django-upgrade (which rewrites in place)", upgrade, tree, 1)
        else:
            print("django-upgrade is not installed")


if __name__ == "__main__":
    main()
