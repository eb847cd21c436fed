"""The package itself: which stack there is, and how light it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.processes import Project

import compat

STACKS = {
    "old": {"found/channels/__init__.py": "raise AssertionError('imported')\n", "found/channels/asgi.py": ""},
    "new": {"found/channels/__init__.py": "raise AssertionError('imported')\n", "found/channels/layers.py": ""},
    "none": {"found/channels/readme.txt": "a folder that is no package"},
}


@pytest.mark.parametrize("stack", sorted(STACKS))
def test_the_stack_is_told_without_importing_it(tmp_path: Path, stack: str) -> None:
    code = """
        import sys
        sys.path[:] = ["found"] + [path for path in sys.path if "site-packages" not in path]
        import compat
        print(compat.stack())
    """
    assert Project(tmp_path, STACKS[stack]).execute(code).checked().out.strip() == stack


def test_without_channels_installing_says_what_to_install(tmp_path: Path) -> None:
    code = """
        import importlib.util, sys
        import compat
        sys.path[:] = ["found"]
        compat.install()
    """
    ended = Project(tmp_path, STACKS["none"]).execute(code)
    assert ended.status == 1
    assert "ImportError: channels-compat needs Django channels, and none is installed." in ended.err
    assert "pip install 'channels-compat[channels4]'" in ended.err


def test_on_an_old_stack_installing_does_nothing(tmp_path: Path) -> None:
    code = """
        import sys
        sys.path.insert(0, "found")
        import compat
        compat.install()
        compat.uninstall()
        print("compat.dropin.overlay" in sys.modules, "channels" in sys.modules)
    """
    assert Project(tmp_path, STACKS["old"]).execute(code).checked().out.strip() == "False False"


def test_importing_it_imports_neither_django_nor_channels(tmp_path: Path) -> None:
    code = """
        import compat, sys
        print(sorted(name for name in sys.modules if name.partition(".")[0] in ("django", "channels", "asgiref")))
        # An installed start-up hook brings these two.
        print(sorted(name for name in sys.modules if name.startswith("compat.") and "dropin" not in name))
    """
    ended = Project(tmp_path, {}).execute(code).checked()
    assert ended.out.split() == ["[]", "[]"]


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([a-z.]+\d+)?", compat.__version__)


def test_uninstalling_what_is_not_installed_is_no_error(tmp_path: Path) -> None:
    assert Project(tmp_path, {}).execute("import compat; compat.uninstall(); print('fine')").checked().out == "fine\n"


def test_the_engine_imports_nothing_of_the_old_api() -> None:
    for path in (Path(compat.__file__).parent / "v2").glob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) .*", path.read_text("utf-8"), re.M)
        assert not [line for line in imports if re.search(r"\bv0\b", line)], path
