"""The alias of the old stack, with a stand-in for channels 0.17. On the real one: tests/passthrough."""

from __future__ import annotations

from pathlib import Path

from support.processes import Project

OLD_CHANNELS = {
    "found/channels/__init__.py": "Group = object()\n",
    "found/channels/routing.py": "from .generic import base\nroute = object()\n",
    "found/channels/generic/__init__.py": "",
    "found/channels/generic/base.py": "from ..deep import thing\n",
    "found/channels/deep.py": "thing = object()\n",
    "found/channels/broken.py": "import no_such_module\n",
}
PREFACE = "import sys; sys.path.insert(0, 'found')\nimport importlib\n"


def execute(tmp_path: Path, code: str) -> str:
    return Project(tmp_path, OLD_CHANNELS).execute(PREFACE + code).checked().out.strip()


def test_every_module_is_the_one_of_channels(tmp_path: Path) -> None:
    code = """
import compat.v0, compat.v0.routing, compat.v0.generic.base
import channels, channels.routing, channels.generic.base
print([importlib.import_module("compat.v0" + name) is importlib.import_module("channels" + name)
       for name in ("", ".routing", ".generic", ".generic.base", ".deep")])
print(compat.v0.routing.__spec__.name, compat.v0.generic.base.__spec__.name, compat.v0.__spec__.name)
"""
    assert execute(tmp_path, code).split("\n") == [
        "[True, True, True, True, True]",
        "channels.routing channels.generic.base channels",
    ]


def test_either_name_may_come_first(tmp_path: Path) -> None:
    code = """
from compat.v0.generic.base import thing
from channels.deep import thing as same
from channels.routing import route
from compat.v0.routing import route as other
from compat.v0 import Group
import channels
print(thing is same, route is other, Group is channels.Group)
"""
    assert execute(tmp_path, code) == "True True True"


def test_nothing_of_ours_is_loaded(tmp_path: Path) -> None:
    code = """
import compat.v0.routing
print(sorted(name for name in sys.modules if name.startswith(("compat.p", "compat.v2", "compat.dropin.o"))))
print(sorted(name for name in sys.modules if name.startswith("django")))
"""
    assert execute(tmp_path, code).split("\n") == ["['compat.passthrough']", "[]"]


def test_what_is_not_there_is_an_import_error(tmp_path: Path) -> None:
    code = """
for name in ("compat.v0.no_such_module", "compat.v0.broken"):
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(error, name in sys.modules)
"""
    assert execute(tmp_path, code).split("\n") == [
        "No module named 'channels.no_such_module' False",
        "No module named 'no_such_module' False",
    ]


def test_installing_the_alias_twice_is_installing_it_once(tmp_path: Path) -> None:
    code = """
import compat.v0
from compat import passthrough
passthrough.install()
print(sum(isinstance(finder, passthrough.AliasFinder) for finder in sys.meta_path))
"""
    assert execute(tmp_path, code) == "1"
