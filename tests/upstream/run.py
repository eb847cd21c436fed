"""Runs channels 0.17.3's own test suite, unmodified, on the channels of the Python that runs this::

    python tests/upstream/run.py [--verbose] [--cache FOLDER]

The tests come out of the sdist on PyPI, which pip downloads into a cache; six, which they import, comes the
same way. Exit code 0: all pass, those in OUTSIDE with the help that is named there. No test framework needed.
"""

import argparse
import ast
import contextlib
import importlib
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import unittest.mock
from typing import Any, Dict, Iterator, List, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SDIST, SIX = "channels==0.17.3", "six==1.17.0"
MODULES = ("binding", "generic", "handler", "management", "request", "routing", "sessions", "worker")
COUNT = 74

# Run as they are, they must fail; run once more with those checks silenced, they must pass.
REASON = (
    "runs Django's own system checks, which since Django 2.2 want more of django.contrib.admin than the suite's "
    "settings of 2016 have (%s)"
)
RUNSERVER = "tests/unit/management/test_runserver.py::TestServing::"
# The test, and ours that asks the same without such help.
OUTSIDE = {
    "test_management.RunServerTests.test_runserver_basic": RUNSERVER + "test_the_server_of_0_17_is_asked_to_serve",
    "test_management.RunServerTests.test_runserver_debug": RUNSERVER + "test_the_server_of_0_17_is_asked_to_serve",
    "test_management.RunServerTests.test_runserver_noworker": RUNSERVER + "test_where_and_how_consumers_run",
}
SILENCED = ["admin.E403", "admin.E406", "admin.E408", "admin.E409", "admin.E410"]


# --- the suite -----------------------------------------------------------------------------------


def default_cache() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "channels-compat", "upstream")


def download(requirement: str, cache: str) -> str:
    """The file of ``requirement``, from the cache if it is there.

    Raises:
        SystemExit: pip cannot get it.
    """
    os.makedirs(cache, exist_ok=True)
    name = requirement.replace("==", "-")
    for file in sorted(os.listdir(cache)):
        if file.startswith(name):
            return os.path.join(cache, file)
    # Into a folder of its own first: several environments may run this at the same time.
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        pip = ["download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", folder]
        if requirement == SDIST:
            pip += ["--no-binary", ":all:"]
        # Environments made by uv have no pip of their own; any will do.
        said = ""
        for python in (sys.executable, "python3", "python"):
            command = [python, "-m", "pip", *pip, requirement]
            with contextlib.suppress(OSError):
                ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if ended.returncode == 0:
                    (file,) = os.listdir(folder)
                    os.replace(os.path.join(folder, file), os.path.join(cache, file))
                    return os.path.join(cache, file)
                said += ended.stdout.decode(errors="replace")
    raise SystemExit("Could not download %s: is there a pip, and a network?\n%s" % (requirement, said))


def unpack(sdist: str, folder: str) -> None:
    """Put the suite's files, but not its helpers, into ``folder``, and the data file that the sdist forgot."""
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            parts = member.name.split("/")
            if parts[1:3] == ["channels", "tests"] and (parts[-1].startswith("test_") or parts[-1] == "settings.py"):
                content = archive.extractfile(member)
                assert content is not None
                with open(os.path.join(folder, parts[-1]), "wb") as file:
                    file.write(content.read())
    with open(os.path.join(folder, "a_file"), "w") as data:
        data.write("a line\n")


def supply_dropped_names(six: str) -> None:
    """The two modules that Django had and the suite imports, where this Django has them no more."""
    sys.path.append(six)
    six_module = importlib.import_module("six")
    import django.test
    import django.utils

    if not hasattr(django.test, "mock"):
        django.test.mock = unittest.mock  # type: ignore[attr-defined]
    try:
        importlib.import_module("django.utils.six")
    except ImportError:
        sys.modules["django.utils.six"] = six_module
        django.utils.six = six_module  # type: ignore[attr-defined]


def set_up(folder: str) -> None:
    """Install compat, and Django with the suite's own settings."""
    sys.path.insert(0, ROOT)
    import compat

    compat.install()
    import channels.tests

    channels.tests.__path__.append(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "channels.tests.settings"
    import django

    django.setup()


# --- running it ----------------------------------------------------------------------------------


class Unimportable(unittest.TestCase):
    """Stands for a test in a module of the suite that cannot be imported."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__("runTest")
        self.name, self.error = name, error

    def id(self) -> str:
        return self.name

    def runTest(self) -> None:  # noqa: N802
        raise self.error


def tests_in(path: str) -> List[str]:
    """The names of the tests in a file, without importing it."""
    with open(path) as file:
        module = ast.parse(file.read())
    return [
        "%s.%s" % (case.name, test.name)
        for case in module.body
        if isinstance(case, ast.ClassDef)
        for test in case.body
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test")
    ]


class Result(unittest.TestResult):
    """Collects one line a test."""

    def __init__(self, verbose: bool, helped: bool = False) -> None:
        super().__init__()
        self.verbose = verbose
        self.helped = helped
        self.counts: Dict[str, int] = {}
        self.faults: List[str] = []
        self._outcome = ""
        self._details = ""

    def startTest(self, test: Any) -> None:  # noqa: N802
        super().startTest(test)
        self._outcome, self._details = "pass", ""

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addFailure(test, err)
        self._outcome, self._details = "FAIL", self._exc_info_to_string(err, test)  # type: ignore[attr-defined]

    addError = addFailure  # noqa: N815

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self._outcome, self._details = "SKIP", reason

    def stopTest(self, test: Any) -> None:  # noqa: N802
        super().stopTest(test)
        name = test.id().replace("channels.tests.", "")
        if name in OUTSIDE and not self.helped:
            if self._outcome == "pass":
                self._outcome, self._details = "PASS", "listed in OUTSIDE, yet it passes: take it off the list\n"
            elif "SystemCheckError" in self._details:
                self._outcome = "needs help"
        elif self.helped and self._outcome == "pass":
            self._outcome = "pass with help"
        self.counts[self._outcome] = self.counts.get(self._outcome, 0) + 1
        good = self._outcome in ("pass", "needs help", "pass with help")
        if not good:
            self.faults.append(name)
        print("%-14s %s" % (self._outcome, name))
        if self._details and (self.verbose or not good):
            print(self._details)


def load(folder: str, only: Sequence[str] = ()) -> unittest.TestSuite:
    """All tests, or those with these names, in the order of their names: some rely on what the one before left in
    the cache."""
    loader = unittest.TestLoader()
    suite = unittest.TestSuite()
    for name in MODULES:
        name = "test_" + name
        try:
            suite.addTests(loader.loadTestsFromModule(importlib.import_module("channels.tests." + name)))
        except Exception as error:
            for test in tests_in(os.path.join(folder, name + ".py")):
                suite.addTest(Unimportable("%s.%s" % (name, test), error))
    if only:
        return unittest.TestSuite(test for case in suite for test in case if test.id().endswith(tuple(only)))
    return suite


@contextlib.contextmanager
def databases() -> Iterator[None]:
    """What Django's test runner sets up, but for the system checks: settings of 2016 do not please the admin of
    a newer Django."""
    from django.conf import settings
    from django.test.utils import get_runner, setup_test_environment, teardown_test_environment

    runner = get_runner(settings)(verbosity=0, interactive=False)
    setup_test_environment()
    made = runner.setup_databases()
    try:
        yield
    finally:
        runner.teardown_databases(made)
        teardown_test_environment()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="also why the pending tests fail")
    parser.add_argument("--cache", default=default_cache(), help="where the sdist is kept")
    options = parser.parse_args()
    begun = time.monotonic()
    sdist, six = download(SDIST, options.cache), download(SIX, options.cache)
    with tempfile.TemporaryDirectory() as folder:
        unpack(sdist, folder)
        supply_dropped_names(six)
        set_up(folder)
        result = Result(options.verbose)
        helped = Result(options.verbose, helped=True)
        with databases():
            load(folder).run(result)
            from django.test.utils import override_settings

            with override_settings(SILENCED_SYSTEM_CHECKS=SILENCED):
                load(folder, tuple(OUTSIDE)).run(helped)
    import channels
    import django

    print(
        "channels 0.17.3's tests on channels %s, Django %s, Python %s: %s in %.1f s"
        % (
            channels.__version__,
            django.__version__,
            sys.version.split()[0],
            ", ".join("%d %s" % each[::-1] for each in sorted({**result.counts, **helped.counts}.items())),
            time.monotonic() - begun,
        )
    )
    print("\nNot as they are, for a reason outside the shim: each %s." % (REASON % ", ".join(SILENCED)))
    for name, replacement in OUTSIDE.items():
        print("  %s\n    passes with these silenced; in its place: %s" % (name, replacement))
    if result.testsRun != COUNT:
        print("There should be %d tests." % COUNT)
    faulty = result.faults or helped.faults or result.testsRun != COUNT or helped.testsRun != len(OUTSIDE)
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
