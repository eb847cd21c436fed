"""``python -m compat doctor`` in a Django project, on the new stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.processes import Ended, Project

from compat.stages import STAGES
from compat.v2.versions import CHANNELS_MAJOR

MANAGE = """
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    """
SETTINGS = """
    SECRET_KEY = "x"
    INSTALLED_APPS = ["channels", "compat"]
    MIDDLEWARE = []
    ROOT_URLCONF = "project.routing"
    CHANNEL_LAYERS = {"default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "project.routing.channel_routing",
    }}
    """
ROUTING = """
    from channels.routing import route

    def receive(message):
        pass

    urlpatterns = []
    channel_routing = [route("websocket.receive", receive)]
    """
NATIVE = """
    from channels.generic.websocket import WebsocketConsumer
    from channels.routing import ProtocolTypeRouter

    application = ProtocolTypeRouter({})
    """
FILES = {
    "manage.py": MANAGE,
    "project/__init__.py": "",
    "project/settings.py": SETTINGS,
    "project/routing.py": ROUTING,
    "project/native.py": NATIVE,
}
WELL = "ok The routing, the consumers and the channel layers load."


def examine(folder: Path, *arguments: str, environment: Any = None, **files: str) -> Ended:
    named = {name.replace("_py", ".py").replace("__", "/"): text for name, text in files.items()}
    return Project(folder, {**FILES, **named}).run("-m", "compat", "doctor", *arguments, environment=environment)


def with_settings(old: str, new: str) -> str:
    assert old in SETTINGS
    return SETTINGS.replace(old, new)


def expect(ended: Ended, status: int, *lines: str) -> None:
    assert ended.status == status, ended.out + ended.err
    for line in lines:
        assert line in ended.out, ended.out


WITH_NATIVE = with_settings("MIDDLEWARE = []", 'MIDDLEWARE = []\n    ASGI_APPLICATION = "project.native.application"')
WITHOUT_APP = with_settings('"channels", "compat"', '"channels"')
TO_NATIVE = f"--to native --target {CHANNELS_MAJOR}"


@pytest.mark.parametrize(
    ("number", "settings", "routing", "environment", "step"),
    [
        (0, WITHOUT_APP, ROUTING, {}, "--to shim --only installed-apps --write"),
        (2, SETTINGS, ROUTING, {}, "next: COMPAT_WARN=1 python manage.py runserver"),
        (3, SETTINGS, ROUTING, {"COMPAT_WARN": "1"}, f"{TO_NATIVE} --diff"),
        (4, WITH_NATIVE, ROUTING, {}, f"{TO_NATIVE} --write"),
        (5, SETTINGS, "urlpatterns = channel_routing = []", {}, "next: python -m compat inventory ."),
    ],
)
def test_the_stage_and_the_next_step(
    tmp_path: Path, number: int, settings: str, routing: str, environment: dict[str, str], step: str
) -> None:
    ended = examine(tmp_path, environment=environment, project__settings_py=settings, project__routing_py=routing)
    expect(ended, 1 if number == 0 else 0, WELL, f"ok Stage {number} of 5, {STAGES[number].title.lower()}: ", step)
    assert ended.out.count("next: ") == 1


def test_without_the_app_nothing_serves_legacy_consumers(tmp_path: Path) -> None:
    ended = examine(tmp_path, project__settings_py=WITHOUT_APP)
    expect(ended, 1, '-  Nothing serves the consumers of channels 0.17, since INSTALLED_APPS lacks "compat".',
           'do: add "compat" to INSTALLED_APPS')  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (with_settings("channel_routing", "missing"), "Cannot import channel routing 'project.routing.missing'"),
        (with_settings("asgiref.inmemory.ChannelLayer", "no.such.Layer"), "CHANNEL_LAYERS['default']: "),
        (with_settings("MIDDLEWARE = []", 'MIDDLEWARE = []\n    CHANNELS_COMPAT = {"X": 1}'), "has no option 'X'"),
        (with_settings("MIDDLEWARE = []", 'MIDDLEWARE = []\n    ASGI_APPLICATION = "no.application"'),
         "Cannot import your ASGI_APPLICATION 'no.application'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_settings(tmp_path: Path, settings: str, sentence: str) -> None:
    ended = examine(tmp_path, project__settings_py=settings)
    expect(ended, 1, sentence, "   do: ", "ok Stage ")


def test_a_project_that_does_not_start(tmp_path: Path) -> None:
    ended = examine(tmp_path, project__settings_py="raise ValueError('broken')")
    expect(ended, 1, "-  Django does not start: ValueError: broken", "do: correct that first")
    assert "Stage" not in ended.out


def test_the_settings_are_those_that_manage_py_names(tmp_path: Path) -> None:
    project = Project(tmp_path, {"mine.py": SETTINGS, "project/routing.py": ROUTING, "project/__init__.py": ""})
    expect(project.run("-m", "compat", "doctor"), 1, "Which settings the project has is not known.",
           "do: python -m compat doctor --settings project.settings")  # fmt: skip
    expect(project.run("-m", "compat", "doctor", "--settings", "mine"), 0, WELL)
    expect(project.run("-m", "compat", "doctor", environment={"DJANGO_SETTINGS_MODULE": "mine"}), 0, WELL)


def test_another_folder_can_be_named(tmp_path: Path) -> None:
    Project(tmp_path / "deep er", FILES)
    expect(Project(tmp_path, {}).run("-m", "compat", "doctor", "--folder", "deep er"), 0, WELL)


def test_nothing_is_written(tmp_path: Path) -> None:
    examine(tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(FILES)
