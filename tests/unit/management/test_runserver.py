"""``manage.py runserver`` under its old flags."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.processes import Project

from compat.v2 import versions

CODE = """
import sys
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="x", INSTALLED_APPS=["compat"], DEBUG=True, ROOT_URLCONF=__name__,
    CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
)
urlpatterns = []
django.setup()
"""


def test_it_takes_the_old_flags(tmp_path: Path) -> None:
    code = """
from compat.management.commands.runserver import Command
parser = Command().create_parser("manage.py", "runserver")
options = parser.parse_args(["--noasgi", "--noreload", "--nothreading", "8001"])
print(options.use_asgi, options.use_reloader, options.addrport)
print(parser.parse_args([]).use_asgi)
"""
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.split("\n")[:2] == ["False False 8001", "True"]


def test_it_is_the_newest_one_that_serves_sockets(tmp_path: Path) -> None:
    code = """
from compat.management.commands.runserver import Command
print([base.__module__ for base in Command.__mro__][1])
"""
    owner = "channels" if versions.CHANNELS_MAJOR < 4 else "daphne"
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.strip() == f"{owner}.management.commands.runserver"


@pytest.mark.skipif(versions.CHANNELS_MAJOR < 4, reason="channels 2 and 3 need daphne")
@pytest.mark.parametrize("flags", [[], ["--noasgi"]])
def test_without_daphne_it_says_that_it_serves_no_sockets(tmp_path: Path, flags: list[str]) -> None:
    code = f"""
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "daphne" else find_spec(name, *rest)
from django.core.management.commands.runserver import Command as Own
Own.inner_run = lambda self, *args, **options: self.stdout.write("serves")
from django.core.management import call_command
call_command("runserver", "--noreload", *{flags!r})
"""
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.strip() == "serves"
    told = "This runserver serves no WebSockets, because daphne is not installed: pip install daphne" in ended.err
    assert told is (flags == [])
    assert ("See migration_guide/errors.md#runserver" in ended.err) is (flags == [])
