"""Run the tests of one file in this folder, and write down how each ended: ``python run.py test_models ended.json``."""

import importlib
import json
import sys
import unittest


def names(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from names(test)
        else:
            yield name_of(test)


def name_of(test):
    """Class and method."""
    return ".".join(getattr(test, "test_case", test).id().split(".")[-2:])


def main(module, path):
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))
    ended = dict.fromkeys(names(suite), "passed")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    ended.update((name_of(test), "skipped") for test, _ in result.skipped)
    ended.update((name_of(test), "failed") for test, _ in result.failures + result.errors)
    with open(path, "w") as file:
        json.dump(ended, file)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(*sys.argv[1:])
