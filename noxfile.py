"""Sessions of the test matrix: ``make matrix`` runs all, ``nox -l`` lists them, ``nox -s NAME`` runs one.

The environments are in tools/environments.py. Each is a session of its own that makes it (or finds it made)
and installs this clone's compat in it afresh; the other sessions require those and run inside them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))

import environments
from environments import ENVIRONMENTS, PYTHONS, ROOT, Environment

nox.needs_version = ">=2024.4.15"
nox.options.envdir = str(environments.environments_folder())
nox.options.sessions = ["lint"]

CI = os.environ.get("CI", "").lower() == "true"
# tools/matrix.py makes all environments first, then runs two sessions at a time, which must not touch them.
PREPARED = bool(os.environ.get("CHANNELS_COMPAT_PREPARED"))
SHIMS = [environment for environment in ENVIRONMENTS.values() if environment.is_shim]
DRIVER, OLD, REDIS = ENVIRONMENTS["driver"], ENVIRONMENTS["old"], ENVIRONMENTS["redis"]
GENERATED = 500
# uv leaves that to the first import; but tests' processes write no bytecode, so each would compile Django anew.
COMPILED = {"UV_COMPILE_BYTECODE": "1"}


def leave_out(session: nox.Session, why: str) -> None:
    """A machine need not have every Python, but the one that decides must."""
    if CI:
        session.error(why)
    session.skip(f"left out, {why}")


@cache
def work_folder() -> tempfile.TemporaryDirectory[str]:
    """Removed when nox ends."""
    return tempfile.TemporaryDirectory(prefix="channels-compat-")


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(dir=work_folder().name))


def copy_of_clone(*, with_compat: bool) -> Path:
    """With compat: nothing stale gets built. Without: no compat but the installed one can be tested."""
    folder = new_folder() / "clone"
    shutil.copytree(ROOT, folder, ignore=environments.NOT_COPIED, symlinks=True)
    if not with_compat:
        shutil.rmtree(folder / "compat")
    return folder


def wheel(session: nox.Session) -> str:
    given = os.environ.get("CHANNELS_COMPAT_WHEEL")
    if given:
        return given
    source, out = copy_of_clone(with_compat=True), new_folder()
    session.run(
        sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--python", sys.executable,
        "--out-dir", str(out), str(source), external=True, silent=True,
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    return str(built)


def stamp(environment: Environment) -> Path:
    return environment.location() / ".channels-compat-pins"


def is_made(environment: Environment) -> bool:
    content = f"{environment.digest()} {environments.interpreter(environment)}"
    return stamp(environment).is_file() and stamp(environment).read_text() == content


def add_environment(environment: Environment) -> None:
    python = environments.interpreter(environment)

    def make(session: nox.Session) -> None:
        """Make the environment, or bring it up to date, with this clone's compat in it."""
        if python is None:
            leave_out(session, environments.missing(environment))
        environments.lock()
        if not is_made(environment):
            if environment.pip:
                session.install(f"pip=={environment.pip}")
            session.install(*environment.pins, env=COMPILED)
            if environment.beside:
                session.install("--no-deps", *environment.beside)
            stamp(environment).write_text(f"{environment.digest()} {python}")
        if environment.stack or environment.is_shim or environment.otree:
            session.install("--no-deps", "--force-reinstall", wheel(session), env=COMPILED)

    make.__doc__ = f"make {environment.name}: {environment.pins[0]} and what goes with it"
    nox.session(
        name=environment.name,
        python=python if python and environment.pythons else None,
        venv_backend="none" if python is None else "venv" if environment.pip else "uv",
        # With other pins a new one is made: installing over it would leave what is no longer wanted.
        reuse_venv=is_made(environment),
        default=False,
    )(make)


for _environment in ENVIRONMENTS.values():
    add_environment(_environment)


def needs(*required: Environment) -> list[str]:
    return [] if PREPARED else [environment.name for environment in required]


def python_of(session: nox.Session, environment: Environment) -> str:
    if environments.interpreter(environment) is None:
        leave_out(session, environments.missing(environment))
    if not is_made(environment):
        session.error(f"{environment.name} is not made: nox -s {environment.name}")
    environments.lock()
    return str(environment.python())


def pytest(
    session: nox.Session, environment: Environment, *arguments: str, in_clone: bool = False, with_compat: bool = False
) -> None:
    python = python_of(session, environment)
    session.chdir(ROOT if in_clone else copy_of_clone(with_compat=with_compat))
    # The script, not `-m pytest`, which would put the folder it runs in on sys.path.
    session.run(
        str(Path(python).parent / "pytest"), "-p", "no:cacheprovider", f"--basetemp={new_folder() / 'tmp'}",
        "--durations=5", *arguments, *session.posargs,
        env={"PYTHONDONTWRITEBYTECODE": "1", **redis_variable(session)}, external=True,
    )  # fmt: skip


def redis_variable(session: nox.Session) -> dict[str, str]:
    """Where tests find a redis-server; without it those that need one are skipped."""
    found = environments.redis_server()
    if found is None and CI:
        session.error(f"no redis-server on PATH and {environments.missing(ENVIRONMENTS['redis'])}")
    return {} if found is None else {"REDIS_SERVER": str(found)}


def add_unit(environment: Environment) -> None:
    required = needs(environment, REDIS)

    @nox.session(name=f"unit-{environment.name}", venv_backend="none", requires=required, default=False)
    def unit(session: nox.Session) -> None:
        """The unit tests in one environment."""
        left = [f"--ignore=tests/{folder}" for folder in ("benchmarks", "conformance", "faults", "guide", "on_otree")]
        pytest(session, environment, "tests", *left)


for _environment in SHIMS:
    add_unit(_environment)


def add_upstream(environment: Environment) -> None:
    required = needs(environment)

    @nox.session(name=f"upstream-{environment.name}", venv_backend="none", requires=required, default=False)
    def upstream(session: nox.Session) -> None:
        """The test suite of channels 0.17.3, downloaded, on the shim."""
        python = python_of(session, environment)
        session.chdir(copy_of_clone(with_compat=False))
        session.run(
            python, "tests/upstream/run.py", "--cache", str(new_folder()),
            env={"PYTHONDONTWRITEBYTECODE": "1"}, external=True,
        )  # fmt: skip


for _environment in SHIMS:
    add_upstream(_environment)


@nox.session(venv_backend="none", requires=needs(ENVIRONMENTS["old"], ENVIRONMENTS["redis"]), default=False)
def passthrough(session: nox.Session) -> None:
    """Tests on the real old stack, where compat.v0 is channels itself."""
    # Django 1.11 and its time use what Python 3.6 calls deprecated; no news, and not ours.
    pytest(session, ENVIRONMENTS["old"], "tests/passthrough", "tests/users_tests", "-o", "filterwarnings=default")


STACKS = [environment for environment in SHIMS if environment.stack]
# The old stacks that judge packages: what each judges, and the shims that it judges it on.
JUDGES = {
    "presence": (OLD, STACKS),
    "television": (ENVIRONMENTS["old-channels11"], STACKS),
    "otree": (ENVIRONMENTS["otree-2.2.4"], [ENVIRONMENTS["otree-2.3.33"], ENVIRONMENTS["otree-3.0.12"]]),
}


def stacks(session: nox.Session, *wanted: Environment) -> list[str]:
    """Options for the stacks whose Python is here."""
    options = []
    for environment in wanted:
        if environments.interpreter(environment) is not None:
            options += ["--stack", f"{environment.stack or environment.name}={python_of(session, environment)}"]
        elif CI:
            session.error(environments.missing(environment))
        else:
            session.warn(f"left out, {environments.missing(environment)}")
    if not options:
        leave_out(session, "none of the stacks' Pythons is here")
    return options


def redis(session: nox.Session) -> list[str]:
    found = environments.redis_server()
    if found is None:
        leave_out(session, f"no redis-server on PATH and {environments.missing(REDIS)}")
    return ["--redis-server", str(found)]


DEPLOYMENT = "tests/conformance/test_deployment.py"


def add_conformance(layer: str) -> None:
    required = [DRIVER, OLD, *STACKS] + ([REDIS] if layer == "redis" else [])

    @nox.session(name=f"conformance-{layer}", venv_backend="none", requires=needs(*required), default=False)
    def conformance(session: nox.Session) -> None:
        """The scenarios on the shim, judged by the real old stack at work beside it."""
        options = stacks(session, OLD, *STACKS) + (redis(session) if layer == "redis" else [])
        options += ["--layer", layer, "--generated", str(GENERATED), f"--ignore={DEPLOYMENT}"]
        pytest(session, DRIVER, "tests/conformance", *options)


def add_conformance_server(server: str) -> None:
    @nox.session(
        name=f"conformance-{server}", venv_backend="none", requires=needs(DRIVER, *STACKS), default=False
    )
    def conformance_server(session: nox.Session) -> None:
        """The scenarios under another web server, judged by what was recorded on the old stack."""
        options = ["--layer", "memory", "--generated", "10", "--server", server, *stacks(session, *STACKS)]
        pytest(session, DRIVER, "tests/conformance", *options)


def add_packages(name: str) -> None:
    judge, shims = JUDGES[name]

    @nox.session(
        name=f"packages-{name}", venv_backend="none", requires=needs(DRIVER, REDIS, judge, *shims), default=False
    )
    def packages(session: nox.Session) -> None:
        """Packages of PyPI as they are, on the shim, judged by the old stack that they were made for."""
        options = stacks(session, replace(judge, stack="old"), *shims) + redis(session)
        options += ["--layer", "memory", "--layer", "redis", "-k", f"package_{name}"]
        pytest(session, DRIVER, "tests/conformance", *options)


for _name in JUDGES:
    add_packages(_name)
for _layer in ("memory", "redis"):
    add_conformance(_layer)
for _server in ("uvicorn", "hypercorn"):
    add_conformance_server(_server)


# The stacks that rewritten projects are played on, all of them on the old one and the last.
REWRITTEN = {"shim": ("old", "channels43"), "native": ("channels24", "channels30", "channels43")}


def add_rewritten(to: str) -> None:
    played = [environment for environment in (OLD, *STACKS) if environment.stack in REWRITTEN[to]]
    required = needs(DRIVER, REDIS, *played)

    @nox.session(name=f"rewritten-{to}", venv_backend="none", requires=required, default=False)
    def rewritten(session: nox.Session) -> None:
        """The projects of the scenarios, rewritten, judged by what the old stack recorded of them as they were."""
        python = python_of(session, DRIVER)
        session.chdir(copy_of_clone(with_compat=True))

        def play(environment: Environment, layer: list[str], part: list[str]) -> None:
            target = ["--target", environment.stack[len("channels")]] if to == "native" else []
            command = [python, "tests/rewriter/conformance.py", "--to", to, *target, *part, "--", "-k", "test_scenario"]
            variables = {"PYTHONDONTWRITEBYTECODE": "1"}
            session.run(*command, *stacks(session, environment), *layer, env=variables, external=True)

        part = ["--native-only"] if to == "native" else ["--project", "typical", "--project", "classes"]
        for environment in played:
            whole = environment is played[-1] or environment is OLD
            play(environment, ["--layer", "memory"], [] if whole else part)
        play(played[-1], ["--layer", "redis", *redis(session)], part)


for _to in REWRITTEN:
    add_rewritten(_to)


@nox.session(name="conformance-workers", venv_backend="none", requires=needs(DRIVER, REDIS, *STACKS), default=False)
def conformance_workers(session: nox.Session) -> None:
    """The scenarios with all consumers in runworker processes, as the old stack was deployed."""
    options = ["--layer", "redis", "--workers", "2", "--generated", "100", *stacks(session, *STACKS), *redis(session)]
    files = [f"tests/conformance/{name}.py" for name in ("test_scenarios", "test_generated")]
    pytest(session, DRIVER, *files, *options)


@nox.session(venv_backend="none", requires=needs(DRIVER, REDIS, *STACKS), default=False)
def deployment(session: nox.Session) -> None:
    """Two web processes, two workers, 10,000 frames, and a worker that goes in the middle."""
    options = ["--layer", "redis", "--frames", "10000", *stacks(session, *STACKS), *redis(session)]
    pytest(session, DRIVER, DEPLOYMENT, *options)


@nox.session(venv_backend="none", requires=needs(DRIVER, REDIS, *STACKS), default=False)
def faults(session: nox.Session) -> None:
    """Redis, workers and web processes that go, stand still or are full."""
    judged = [environment for environment in STACKS if environment.stack in ("channels24", "channels30", "channels43")]
    pytest(session, DRIVER, "tests/faults", *stacks(session, *judged), *redis(session))


SOAKED = next(environment for environment in STACKS if environment.stack == "channels43")


@nox.session(venv_backend="none", requires=needs(DRIVER, REDIS, SOAKED), default=False)
def soak(session: nox.Session) -> None:
    """The long forms of tests that have one, after ``--``: --soak MINUTES."""
    options = ["-s", *stacks(session, SOAKED), *redis(session)]
    # They are long, which is no hang.
    pytest(session, DRIVER, "tests/faults", "-o", "faulthandler_timeout=0", *options)


ATHERIS = ENVIRONMENTS["atheris"]


@nox.session(venv_backend="none", requires=needs(ATHERIS), default=False)
def fuzz(session: nox.Session) -> None:
    """The boundaries, with inputs that atheris chooses; the options of libFuzzer after ``--``."""
    python = python_of(session, ATHERIS)
    session.chdir(copy_of_clone(with_compat=True))
    options = session.posargs or ["-runs=1000", "-seed=1"]
    command = [python, "tests/faults/fuzz/run.py", str(new_folder()), *options]
    session.run(*command, env={"PYTHONDONTWRITEBYTECODE": "1"}, external=True)


# Which arrangements of Redis on which stack: what differs is in channels_redis.
CLUSTERS = [
    (environment, arrangements)
    for environment in STACKS
    for stack, arrangements in (
        ("channels24", ("sharded",)),
        ("channels30", ("sentinel",)),
        ("channels43", ("single", "sentinel", "sharded")),
    )
    if environment.stack == stack
]


@nox.session(
    venv_backend="none", requires=needs(REDIS, *(environment for environment, _ in CLUSTERS)), default=False
)
def cluster(session: nox.Session) -> None:
    """examples/cluster: nothing is lost over several processes; the master of sentinels dies; two hosts share."""
    server = redis(session)
    session.chdir(copy_of_clone(with_compat=False))
    for environment, arrangements in CLUSTERS:
        for arrangement in arrangements:
            command = ["examples/cluster/run.py", "--check", "--redis", arrangement, *server]
            session.run(python_of(session, environment), *command, external=True)


GUIDE = ENVIRONMENTS["guide"]


@nox.session(name="guide-site", venv_backend="none", requires=needs(GUIDE, DRIVER), default=False)
def guide_site(session: nox.Session) -> None:
    """The migration guide as a site: no warnings, links lead somewhere, nothing comes from elsewhere, search finds."""
    python, site = python_of(session, GUIDE), str(new_folder())
    session.chdir(ROOT)
    command = [python, "-m", "mkdocs", "build", "--strict", "--site-dir", site]
    session.run(*command, env={"NO_MKDOCS_2_WARNING": "1"}, external=True)
    session.run(python, "tools/check_site.py", site, external=True)
    pytest(session, DRIVER, "tests/guide/test_search.py", "--site", site)


def add_guide_examples(name: str, *wanted: str) -> None:
    required = [environment for environment in (OLD, *STACKS) if environment.stack in wanted]

    @nox.session(name=name, venv_backend="none", requires=needs(DRIVER, REDIS, *required), default=False)
    def guide_examples(session: nox.Session) -> None:
        """Every example of the migration guide: old code on the old stack and the shim, new code natively."""
        options = ["--wheel", wheel(session)] if "old" in wanted else ["--ignore=tests/guide/test_first_page.py"]
        options.append("--ignore=tests/guide/test_search.py")
        options += [*stacks(session, *required), *redis(session)]
        # With compat: commands that the guide names run in the driver's Python, and messages are read off the source.
        pytest(session, DRIVER, "tests/guide", *options, with_compat=True)


# Two, because one would take too long.
add_guide_examples("guide-examples", "old", "channels43")
add_guide_examples("guide-examples-2-3", "channels24", "channels30")


def add_play(environment: Environment) -> None:
    required = needs(DRIVER, REDIS, environment)

    @nox.session(name=f"play-{environment.name}", venv_backend="none", requires=required, default=False)
    def play(session: nox.Session) -> None:
        """The example project for oTree 2.2.4 on one oTree, under each of its servers."""
        options = ["--otree", python_of(session, environment), "--otree-redis", redis(session)[1]]
        options += ["--clone", str(ROOT)]
        pytest(session, DRIVER, "tests/on_otree", *options)


for _environment in ENVIRONMENTS.values():
    if _environment.otree:
        add_play(_environment)


@nox.session(
    venv_backend="none", requires=needs(DRIVER, REDIS, *(judge for judge, _ in JUDGES.values())), default=False
)
def golden(session: nox.Session) -> None:
    """Record anew what the real old stack does: the data that `make test` judges against."""
    for name, (judge, _) in JUDGES.items():
        options = [*stacks(session, replace(judge, stack="old")), *redis(session), "--record"]
        options += ["--layer", "memory", "--layer", "redis"] + ([] if judge is OLD else ["-k", f"package_{name}"])
        pytest(session, DRIVER, "tests/conformance", *options, in_clone=True)


OTREE = ENVIRONMENTS["otree-3.4.0"]


@nox.session(venv_backend="none", requires=needs(DRIVER, OLD, REDIS, OTREE), default=False)
def benchmarks(session: nox.Session) -> None:
    """That the benchmarks run, with the old stack, Redis and oTree; not what they say."""
    for environment in (OLD, OTREE):
        python_of(session, environment)
    pytest(session, DRIVER, "tests/benchmarks", "--complete", in_clone=True)


@nox.session(venv_backend="none", requires=needs(DRIVER), default=False)
def lint(session: nox.Session) -> None:
    """ruff and mypy."""
    python = python_of(session, DRIVER)
    # Both are run, so that one round shows all there is to mend.
    commands = (["ruff", "check", "."], ["mypy"])
    ended = [subprocess.run([python, "-m", *command], cwd=ROOT) for command in commands]
    failed = [command[0] for command, process in zip(commands, ended) if process.returncode]
    if failed:
        session.error(f"{' and '.join(failed)} failed")


CHECK_INSTALLED = r"""
import os, sysconfig
import compat
root = sysconfig.get_paths()["purelib"]
assert os.path.dirname(os.path.dirname(os.path.abspath(compat.__file__))) == root, compat.__file__
assert os.path.isfile(os.path.join(root, "channels_compat.pth")), "no start-up file"
print(compat.__version__)
for folder, _, files in os.walk(os.path.join(root, "compat")):
    for name in files:
        if not name.endswith(".pyc"):
            print(os.path.relpath(os.path.join(folder, name), root))
"""


def add_install(version: str) -> None:
    @nox.session(name=f"install-{version}", venv_backend="none", default=False)
    def install(session: nox.Session) -> None:
        """`pip install .` in a new environment of one Python: complete, and gone when removed."""
        python = environments.find_python(version)
        if python is None:
            leave_out(session, f"no Python {version} on PATH or in ~/.pyenv/versions")
        check_install(session, python, version)


def check_install(session: nox.Session, python: str, version: str) -> None:
    source = copy_of_clone(with_compat=True)

    def run(*command: str) -> str:
        return session.run(*command, external=True, silent=True, stderr=subprocess.STDOUT) or ""

    expected = sorted(
        path.relative_to(source).as_posix()
        for path in (source / "compat").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    init = (source / "compat" / "__init__.py").read_text("utf-8")
    wanted = re.search(r'__version__ = "(.+)"', init).group(1)
    folder = source.parent / "venv"
    inside = str(folder / "bin" / "python")
    session.chdir(source.parent)  # where no compat lies that could be imported instead
    run(python, "-m", "venv", str(folder))
    pip = [inside, "-m", "pip", "--disable-pip-version-check", "-q"]
    if version == "3.6":
        run(*pip, "install", f"pip=={OLD.pip}")
    where = run(inside, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])")
    site_packages = Path(where.strip())
    before = {path.name for path in site_packages.iterdir()}
    ways = {"the clone": str(source)}
    if version in ("3.6", PYTHONS[-1]):
        out = new_folder()
        run(sys.executable, "-m", "uv", "build", "-q", "--sdist", "--out-dir", str(out), str(source))
        ways["an sdist"] = str(next(out.glob("*.tar.gz")))
    for way, what in ways.items():
        run(*pip, "install", what)
        found, *files = run(inside, "-c", CHECK_INSTALLED).split()
        if found != wanted:
            session.error(f"from {way}: version {found}, not {wanted}")
        if sorted(files) != expected:
            session.error(f"from {way}: not the files of compat/: {sorted(set(files) ^ set(expected))}")
        run(*pip, "uninstall", "-y", "channels-compat")
        left = {path.name for path in site_packages.iterdir()} - before
        if left:
            session.error(f"from {way}: pip uninstall left {sorted(left)}")
        print(f"Python {version}, from {way}: compat {found}, {len(files)} files, removed without a trace")


for _version in PYTHONS:
    add_install(_version)
