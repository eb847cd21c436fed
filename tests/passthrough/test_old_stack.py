"""On the old stack ``compat.v0`` is the installed channels, and everything else of compat stays out of the way."""

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any, List

import pytest
from support.processes import Project

import compat
import compat.v0

pytestmark = pytest.mark.skipif(compat.stack() != compat.OLD, reason="needs channels 0.17")

# Modules that are programs or need servers; importing them is no business of a test.
NOT_IMPORTED = ("channels.management", "channels.hacks", "channels.tests", "channels.apps")


def modules() -> List[str]:
    channels = importlib.import_module("channels")
    names = [name for _, name, _ in pkgutil.walk_packages(channels.__path__, "channels.", onerror=lambda name: None)]
    return [name for name in names if not name.startswith(NOT_IMPORTED)]


def test_there_is_something_to_alias() -> None:
    assert {"channels.routing", "channels.generic.websockets", "channels.binding.base"} <= set(modules())


@pytest.mark.parametrize("name", modules() if compat.stack() == compat.OLD else [])
def test_a_module_is_the_one_of_channels(name: str) -> None:
    alias = "compat.v0" + name[len("channels") :]
    assert importlib.import_module(alias) is importlib.import_module(name)
    assert sys.modules[alias] is sys.modules[name]


@pytest.mark.parametrize("name", modules() if compat.stack() == compat.OLD else [])
def test_a_module_keeps_its_own_spec(name: str) -> None:
    module = importlib.import_module("compat.v0" + name[len("channels") :])
    assert module.__name__ == name
    assert module.__spec__.name == name


def test_the_package_itself_is_channels() -> None:
    assert compat.v0 is importlib.import_module("channels")
    assert sys.modules["compat.v0"] is sys.modules["channels"]


def test_whichever_name_comes_first_there_is_one_module() -> None:
    for first, second in (("channels", "compat.v0"), ("compat.v0", "channels")):
        code = """
            import importlib, sys
            from django.conf import settings
            settings.configure()
            first, second = sys.argv[1:]
            one = importlib.import_module(first + ".generic.websockets")
            other = importlib.import_module(second + ".generic.websockets")
            assert one is other
            assert one.Group is importlib.import_module(second + ".channel").Group
            assert importlib.import_module(first + ".routing") is importlib.import_module(second + ".routing")
            print(one.__spec__.name)
        """
        ended = Project(Path(__file__).parent, {}).execute(code, [first, second]).checked()
        assert ended.out.strip() == "channels.generic.websockets"


def test_a_module_that_channels_lacks_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="channels.no_such_module"):
        importlib.import_module("compat.v0.no_such_module")


def test_installing_does_nothing() -> None:
    before = (list(sys.path), list(sys.meta_path), set(sys.modules), dict(vars(compat.v0)))
    compat.install()
    compat.uninstall()
    compat.install()
    assert (list(sys.path), list(sys.meta_path), set(sys.modules), dict(vars(compat.v0))) == before
    # The start-up hook, where it is installed, is in that package; what works on channels >= 2 must not be loaded.
    assert not any(name.startswith("compat.v2") or name == "compat.dropin.overlay" for name in sys.modules)


def test_importing_compat_imports_neither_django_nor_channels(tmp_path: Path) -> None:
    code = "import compat, sys; print(sorted({'django', 'channels', 'compat.v0', 'compat.v2'} & set(sys.modules)))"
    assert Project(tmp_path, {}).execute(code).checked().out.strip() == "[]"


PROJECT: Any = {
    "settings.py": """
        import compat
        compat.install()
        SECRET_KEY = "x"
        INSTALLED_APPS = ["early", "compat"]
        CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "early.routing"}}
    """,
    "early/__init__.py": "",
    "early/models.py": """
        from channels import Group
        from compat.v0 import Group as Same
        assert Group is Same
    """,
    "early/routing.py": "",
    "program.py": """
        import sys
        import django
        django.setup()
        from django.apps import apps
        from django.core.management import get_commands
        from django.conf import settings
        print(__name__, sys.argv[1:], type(apps.get_app_config("compat")).__name__, get_commands().get("runserver"),
              hasattr(settings, "ASGI_APPLICATION"))
    """,
}


@pytest.mark.parametrize(
    "arguments",
    [
        ("program.py", "a", "b"),
        ("-m", "compat", "run", "program.py", "a", "b"),
        ("-m", "compat", "run", "-m", "program", "a", "b"),
    ],
)
def test_a_project_with_compat_in_it_is_what_it_was(tmp_path: Path, arguments: Any) -> None:
    ended = Project(tmp_path, PROJECT).run(*arguments, environment={"DJANGO_SETTINGS_MODULE": "settings"})
    assert ended.checked().out.split("\n")[0] == "__main__ ['a', 'b'] CompatConfig compat False"


@pytest.mark.parametrize("first", ["compat", "django"])
def test_the_app_has_its_configuration_whatever_is_imported_first(tmp_path: Path, first: str) -> None:
    code = """
        import importlib, sys
        importlib.import_module(sys.argv[1])
        import django
        from django.apps import apps
        from django.conf import settings
        settings.configure(INSTALLED_APPS=["compat"])
        django.setup()
        print(type(apps.get_app_config("compat")).__name__)
    """
    assert Project(tmp_path, {}).execute(code, [first]).checked().out.strip() == "CompatConfig"


def test_the_program_that_is_run_may_fail(tmp_path: Path) -> None:
    project = Project(tmp_path, {"program.py": "raise SystemExit(3)"})
    assert project.run("-m", "compat", "run", "program.py").status == 3
    ended = project.run("-m", "compat", "run", "nothing.py")
    assert ended.status == 1
    assert "there is no file and no command 'nothing.py'" in ended.err
