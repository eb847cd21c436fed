"""The line that Python runs at its start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.processes import Ended, Project

import compat.dropin

LINE = Path(compat.dropin.__file__).parent / "channels_compat.pth"
SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = []
CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}}
"""
# What daphne does with `project.asgi:channel_layer`: Django is not set up, no settings are loaded.
OLD_ASGI = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from channels.asgi import get_channel_layer
channel_layer = get_channel_layer()
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder as site-packages is: with our line in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(str(LINE), str(folder))
    return folder


def start(tmp_path: Path, site: Path, code: str, **environment: str) -> Ended:
    project = Project(tmp_path, {"settings.py": SETTINGS, "asgi.py": OLD_ASGI}, startup=True)
    return project.execute(f"import site; site.addsitedir({str(site)!r})\n" + code, **environment)


def test_it_is_one_line_that_python_executes() -> None:
    (line,) = LINE.read_text("utf-8").splitlines()
    assert line.startswith("import ")


def test_the_old_asgi_file_is_importable_without_anything_else(tmp_path: Path, site: Path) -> None:
    ended = start(tmp_path, site, "import asgi; print(type(asgi.channel_layer).__name__)")
    assert ended.checked().out.strip() == "SynchronousLayer"


@pytest.mark.parametrize("value", ["0"])
def test_it_can_be_switched_off(tmp_path: Path, site: Path, value: str) -> None:
    ended = start(tmp_path, site, "import asgi", COMPAT_STARTUP=value)
    assert ended.status == 1
    assert "No module named 'channels.asgi'" in ended.err


def test_it_imports_next_to_nothing(tmp_path: Path, site: Path) -> None:
    code = """
import sys
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(name for name in sys.modules if name.startswith("compat")), sorted(loaded & {"django", "channels"}))
"""
    ended = start(tmp_path, site, code)
    assert ended.checked().out.strip() == "['compat', 'compat.dropin', 'compat.dropin.startup'] []"


def test_it_answers_for_one_module_only(tmp_path: Path, site: Path) -> None:
    code = """
import sys
from compat.dropin.startup import VanishedAsgiFinder
(finder,) = [each for each in sys.meta_path if isinstance(each, VanishedAsgiFinder)]
print([finder.find_spec(name) for name in ("channels", "channels.routing", "asgi", "no.such", "channels.asgi.x")])
print(sys.meta_path[-1] is finder)
"""
    ended = start(tmp_path, site, code)
    assert ended.checked().out.split("\n")[:2] == ["[None, None, None, None, None]", "True"]


def test_without_compat_the_line_says_nothing(tmp_path: Path, site: Path) -> None:
    # As after `pip uninstall` of a compat whose line was left behind.
    code = f"""
import builtins
original = builtins.__import__
def refuse(name, *args, **kwargs):
    if name.startswith("compat"):
        raise ImportError("no compat")
    return original(name, *args, **kwargs)
builtins.__import__ = refuse
exec({LINE.read_text("utf-8")!r})
print("went on")
"""
    ended = start(tmp_path, site, code)
    assert (ended.checked().out.strip(), ended.err) == ("went on", "")


def test_on_an_old_stack_it_finds_nothing(tmp_path: Path, site: Path) -> None:
    old = {"old/channels/__init__.py": "", "old/channels/asgi.py": "here = True\n"}
    Project(tmp_path, old)
    code = "import sys; sys.path.insert(0, 'old'); import channels.asgi; print(channels.asgi.here)"
    assert start(tmp_path, site, code).checked().out.strip() == "True"
    (tmp_path / "old" / "channels" / "asgi.py").unlink()
    assert "No module named 'channels.asgi'" in start(tmp_path, site, code).err


@pytest.mark.parametrize(("version", "said"), [("5.11.4", True), ("3.4.0", False)])
def test_an_otree_without_channels_is_the_reason_that_there_is_none(
    tmp_path: Path, site: Path, version: str, said: bool
) -> None:
    Project(tmp_path, {"otree/__init__.py": f"__version__ = '{version}'\n"})
    # As in an environment that has neither.
    hide = "import sys; sys.path[:] = [each for each in sys.path if 'site-packages' not in each]; import "
    for name in ("channels", "channels.generic.websockets"):
        ended = start(tmp_path, site, hide + name)
        assert ended.err.splitlines()[-1].startswith("ModuleNotFoundError: ")
        assert (f"oTree {version} has neither Django nor channels" in ended.err) is said, ended.err
    assert start(tmp_path, site, hide + "compat; print(compat.stack())").checked().out.strip() == "none"
