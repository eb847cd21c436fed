"""Whole projects of that time, by every way of installing compat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.processes import Project

SETTINGS = """
SECRET_KEY = "x"
DEBUG = True
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["early", "django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer",
        "CONFIG": {"capacity": 5},
        "ROUTING": "early.routing.channel_routing",
    }
}
"""
FILES = {
    "urls.py": "urlpatterns = []\n",
    "early/__init__.py": "",
    "early/models.py": """
        from django.db import models
        from channels import Channel, Group
        from channels.generic.websockets import JsonWebsocketConsumer

        class Room(models.Model):
            def announce(self):
                Group("rooms").send({"text": "new"})
    """,
    "early/consumers.py": """
        from channels import Group

        def connect(message):
            Group("rooms").add(message.reply_channel)
    """,
    "early/routing.py": """
        from channels.routing import route
        channel_routing = [route("websocket.connect", "early.consumers.connect")]
    """,
    "program.py": """
        import json
        import django
        django.setup()
        from django.apps import apps
        from django.conf import settings
        from django.core.management import get_commands
        from channels.asgi import channel_layers
        from early.models import Room
        layer = channel_layers["default"]
        Room().announce()
        print(json.dumps({
            "apps": [config.name for config in apps.get_app_configs()],
            "config": type(apps.get_app_config("compat")).__name__,
            "application": settings.ASGI_APPLICATION,
            "runserver": get_commands()["runserver"],
            "channels": sorted(layer.router.channels),
            "layer": str(layer),
            "capacity": layer.capacity,
        }))
    """,
}
FOUND = {
    "config": "CompatConfig",
    "application": "compat.v0.asgi.application",
    "runserver": "compat",
    "channels": ["websocket.connect"],
    "layer": "default (compat.v2.memory.InMemoryChannelLayer)",
    "capacity": 5,
}
INSTALLED_APPS = "['early', 'compat', 'django.contrib.contenttypes', 'django.contrib.auth']"
WAYS: dict[str, tuple[str, list[str]]] = {
    "in INSTALLED_APPS, after the app": (SETTINGS + f"INSTALLED_APPS = {INSTALLED_APPS}\n", ["program.py"]),
    "in INSTALLED_APPS, first": (SETTINGS + "INSTALLED_APPS.insert(0, 'compat')\n", ["program.py"]),
    "in INSTALLED_APPS, last": (SETTINGS + "INSTALLED_APPS.append('compat')\n", ["program.py"]),
    "in INSTALLED_APPS, by its class": (
        SETTINGS + "INSTALLED_APPS.append('compat.apps.CompatConfig')\n",
        ["program.py"],
    ),
    "in INSTALLED_APPS, a tuple": (SETTINGS + "INSTALLED_APPS = (*INSTALLED_APPS, 'compat')\n", ["program.py"]),
    "installed by the settings": ("import compat; compat.install()\n" + SETTINGS, ["program.py"]),
    "installed by the settings and an app": (
        "import compat; compat.install()\n" + SETTINGS + "INSTALLED_APPS.append('compat')\n",
        ["program.py"],
    ),
    "nothing edited": (SETTINGS, ["-m", "compat", "run", "program.py"]),
    "nothing edited, INSTALLED_APPS a tuple": (
        SETTINGS + "INSTALLED_APPS = tuple(INSTALLED_APPS)\n",
        ["-m", "compat", "run", "program.py"],
    ),
    "nothing edited, run as a module": (SETTINGS, ["-m", "compat", "run", "-m", "program"]),
    "an app and run": (SETTINGS + "INSTALLED_APPS.append('compat')\n", ["-m", "compat", "run", "program.py"]),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_an_unchanged_project_runs(tmp_path: Path, way: str) -> None:
    settings, arguments = WAYS[way]
    project = Project(tmp_path, {**FILES, "settings.py": settings})
    found = project.run(*arguments, environment={"DJANGO_SETTINGS_MODULE": "settings"}).json()
    assert found.pop("apps").count("compat") == 1
    assert found == FOUND


@pytest.mark.parametrize("first", ["compat", "compat.dropin.startup", "django", "channels.layers"])
def test_an_app_by_its_name_has_its_configuration_whatever_is_imported_first(tmp_path: Path, first: str) -> None:
    project = Project(tmp_path, {**FILES, "settings.py": SETTINGS + "INSTALLED_APPS.append('compat')\n"})
    code = f"import {first}\n" + Path(tmp_path, "program.py").read_text()
    found = project.execute(code, DJANGO_SETTINGS_MODULE="settings").json()
    assert found.pop("apps").count("compat") == 1
    assert found == FOUND


def run(tmp_path: Path, code: str, settings: str = "", files: Any = None, **options: Any) -> Any:
    everything = {**FILES, "settings.py": SETTINGS + "INSTALLED_APPS.append('compat')\n" + settings, **(files or {})}
    preface = "import json, django; django.setup(); from django.conf import settings\n"
    return Project(tmp_path, everything).execute(preface + code, DJANGO_SETTINGS_MODULE="settings", **options)


def test_an_application_of_the_project_is_kept_to_fall_through_to(tmp_path: Path) -> None:
    code = """
from compat.v2 import settings as ours
print(json.dumps([settings.ASGI_APPLICATION, ours.native_application().name]))
"""
    ended = run(
        tmp_path,
        code,
        "ASGI_APPLICATION = 'asgi.application'\n",
        {"asgi.py": "def application(scope): pass\napplication.name = 'theirs'\n"},
    )
    assert ended.json() == ["compat.v0.asgi.application", "theirs"]


@pytest.mark.parametrize(
    ("owner", "expected"),
    [("early", "early"), (None, "compat"), ("django.contrib.staticfiles", "compat")],
)
def test_somebody_else_s_runserver_is_left_in_place(tmp_path: Path, owner: Any, expected: str) -> None:
    files = {}
    settings = ""
    if owner == "early":
        command = "from django.core.management.base import BaseCommand\nclass Command(BaseCommand): pass\n"
        files = {
            "early/management/__init__.py": "",
            "early/management/commands/__init__.py": "",
            "early/management/commands/runserver.py": command,
        }
    elif owner:
        settings = f"INSTALLED_APPS.insert(0, {owner!r}); STATIC_URL = '/static/'\n"
    code = "from django.core.management import get_commands; print(json.dumps(get_commands()['runserver']))"
    assert run(tmp_path, code, settings, files).json() == expected


def test_wrong_settings_are_reported_by_manage_py_check(tmp_path: Path) -> None:
    manage = "import sys; from django.core.management import execute_from_command_line as e; e(sys.argv)\n"
    settings = SETTINGS + "INSTALLED_APPS.append('compat')\ndel CHANNEL_LAYERS['default']['ROUTING']\n"
    project = Project(tmp_path, {**FILES, "settings.py": settings, "manage.py": manage})
    ended = project.run("manage.py", "check", environment={"DJANGO_SETTINGS_MODULE": "settings"})
    assert ended.status == 1
    assert "(compat.E002) CHANNEL_LAYERS['default']: InvalidChannelLayerError: No ROUTING specified" in ended.err


def test_the_old_asgi_file_serves(tmp_path: Path) -> None:
    asgi = """
        import os
        from channels.asgi import get_channel_layer
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
        channel_layer = get_channel_layer()
    """
    code = """
import inspect, json, asgi
layer = asgi.channel_layer
names = [type(layer).__name__, type(layer.application).__name__]
print(json.dumps([*names, inspect.iscoroutinefunction(type(layer).__call__)]))
"""
    settings = "import compat; compat.install()\n" + SETTINGS
    project = Project(tmp_path, {**FILES, "settings.py": settings, "asgi.py": asgi})
    ended = project.execute("import compat; compat.install()\n" + code)
    assert ended.json() == ["SynchronousLayer", "LegacyApplication", True]
