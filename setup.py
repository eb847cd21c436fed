"""How channels-compat is built; metadata too is here, since Python 3.6's setuptools reads only this file."""

import os
import re

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = find_packages(HERE, include=["compat", "compat.*"])
START_UP_FILE = os.path.join("compat", "dropin", "channels_compat.pth")


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as file:
        return file.read()


def version():
    # Read as text: importing compat would need what is not installed yet in an isolated build.
    return re.search(r'^__version__ = "([^"]+)"', read("compat", "__init__.py"), re.M).group(1)


def files_outside_packages():
    """All that compat/ holds besides its packages' modules, relative to compat/.

    Modules are among it: the overlay is folders that another package's ``__path__`` gets, so they have no
    ``__init__.py`` and find_packages() does not see them. Listed, since older setuptools know no ``**``.
    """
    packages = {name.replace(".", "/") for name in PACKAGES}
    found = []
    for root, folders, names in os.walk(os.path.join(HERE, "compat")):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        folder = os.path.relpath(root, HERE).replace(os.sep, "/")
        for name in sorted(names):
            if name.endswith(".pyc") or name.startswith(".") or (folder in packages and name.endswith(".py")):
                continue
            found.append((folder + "/" + name)[len("compat/") :])
    return found


class build_py_with_start_up_file(build_py):  # noqa: N801 (commands are named in lower case)
    """Puts channels_compat.pth beside the packages: Python runs it only at the root of site-packages."""

    def run(self):
        super().run()
        self.copy_file(os.path.join(HERE, START_UP_FILE), self.start_up_target())

    def start_up_target(self):
        root = self.build_lib
        if getattr(self, "editable_mode", False):
            # An editable wheel points at the sources instead of holding build_lib; what is to be
            # in it all the same goes to the folder that setuptools packs.
            root = self.get_finalized_command("install").install_lib
        return os.path.join(root, os.path.basename(START_UP_FILE))

    def get_outputs(self, include_bytecode=1):
        return super().get_outputs(include_bytecode) + [self.start_up_target()]


CHANNELS_2 = ["channels>=2.4,<3", "Django>=2.2,<3.1", "daphne>=2.5,<3"]
CHANNELS_3 = ["channels>=3.0.5,<4", "Django>=3.2,<4", "daphne>=3.0.2,<4"]
CHANNELS_4 = ["channels>=4.3,<5", "Django>=4.2,<6", "daphne>=4.2,<5"]
SERVERS = ["uvicorn>=0.22", "hypercorn>=0.15", "websockets>=11"]
METRICS = ["prometheus_client>=0.17"]
REWRITE = ["libcst>=1.1", "rich>=12", "tomli>=2; python_version < '3.11'"]
TEST = ["pytest>=7.0", "hypothesis>=6.31", "coverage>=6.2", "pytest-xdist>=3"]

setup(
    name="channels-compat",
    version=version(),
    description="Runs Django projects written for channels 0.17 unchanged on channels 2, 3 and 4.",
    long_description=read("README.md") if os.path.exists(os.path.join(HERE, "README.md")) else "",
    long_description_content_type="text/markdown",
    author="channels-compat contributors",
    license="BSD-3-Clause",
    packages=PACKAGES,
    package_data={"compat": files_outside_packages()},
    zip_safe=False,
    python_requires=">=3.6",
    # Empty on purpose: projects pin, and some vendor, their channels; one pulled in by us would overwrite it.
    install_requires=[],
    extras_require={
        # Each names a set of versions that the matrix runs together (tools/environments.py).
        "channels2": CHANNELS_2,
        "channels3": CHANNELS_3,
        "channels4": CHANNELS_4,
        # Three, because channels_redis 4 also installs beside channels 2, where nobody tests it.
        "redis2": ["channels_redis>=2.4.2,<3"],
        "redis3": ["channels_redis>=3.4.1,<4"],
        "redis": ["channels_redis>=4.3,<5"],
        "servers": SERVERS,
        # The options METRICS_PATH and METRICS_ADDRESS.
        "metrics": METRICS,
        # python -m compat rewrite; Python 3.9 or newer, and no need of channels or Django beside it.
        "rewrite": REWRITE,
        "test": TEST,
        "dev": TEST
        + SERVERS
        + METRICS
        + REWRITE
        + CHANNELS_4
        + ["channels_redis>=4.3,<5", "ruff", "mypy", "nox", "uv"],
    },
    cmdclass={"build_py": build_py_with_start_up_file},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Framework :: Django",
        "Framework :: Django :: 2.2",
        "Framework :: Django :: 3.2",
        "Framework :: Django :: 4.2",
        "Framework :: Django :: 5.2",
        "Intended Audience :: Developers",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
    ]
    + ["Programming Language :: Python :: 3.%d" % minor for minor in range(6, 14)],
)
