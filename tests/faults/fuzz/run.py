"""The properties of tests/unit/boundaries, with inputs that atheris chooses for the lines of compat that they reach.

    python tests/faults/fuzz/run.py FOLDER -runs=1000 -seed=1     # always the same inputs
    python tests/faults/fuzz/run.py FOLDER -max_total_time=600    # seconds

FOLDER holds inputs to begin with, and gets those that have reached something new; other options are libFuzzer's. An
input's first byte says which property it is for, the rest becomes a value by hypothesis. The value that a property
fails with is shown: mend compat, and add it to the test as an ``@example``.
"""

from __future__ import annotations

import functools
import importlib
import logging
import pprint
import random
import sys
from pathlib import Path
from typing import Any

import atheris

TESTS = Path(__file__).resolve().parents[2]
MODULES = [f"unit.boundaries.test_{name}" for name in ("asgi", "routing", "sends", "settings")]
# The inputs to begin with, for each property; and the bytes of one.
FIRST, LONGEST = 60, 1024
# Seconds after which an input counts as one that never ends. What properties wait for ends sooner.
ENDLESS = 60


def properties() -> list[Any]:
    """The tests that hypothesis runs."""
    modules = map(importlib.import_module, MODULES)
    found = [test for module in modules for test in vars(module).values() if hasattr(test, "hypothesis")]
    for test in found:
        test.hypothesis.inner_test = shown(test.hypothesis.inner_test)
    return found


def shown(inner: Any) -> Any:
    """``inner``, which says what it was called with when it fails."""

    @functools.wraps(inner)
    def call(**values: Any) -> None:
        try:
            inner(**values)
        except Exception:
            print(f"\n{inner.__module__}.{inner.__name__} fails with", flush=True)
            pprint.pprint(values)
            raise

    return call


def main(folder: Path, options: list[str]) -> None:
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]
    with atheris.instrument_imports(include=["compat"]):
        from support.django_project import configure

        configure()
        targets = [test.hypothesis.fuzz_one_input for test in properties()]
        import compat.v0.worker  # noqa: F401 (otherwise imported on first use)
    logging.disable(logging.CRITICAL)

    chance = random.Random(0)
    # libFuzzer likes short inputs, and hypothesis makes no value of one that ends too soon.
    rest = chance.randbytes(2 * LONGEST)

    def run(data: bytes) -> None:
        if data:
            targets[data[0] % len(targets)](data[1:] + rest)

    folder.mkdir(exist_ok=True)
    for number in range(FIRST * len(targets)):
        (folder / f"first-{number}").write_bytes(bytes([number]) + chance.randbytes(LONGEST - 1))
    limits = [f"-timeout={ENDLESS}", f"-max_len={LONGEST}", "-len_control=0", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *limits, *options, str(folder)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
