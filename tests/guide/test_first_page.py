"""Somebody does what the first page says, in a new environment, and gets what it shows."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

from conformance.servers import Process, answers_http, free_port, wait_until

from .pages import EXAMPLES, blocks_for
from .transcripts import play

# Seconds; packages are downloaded meanwhile.
PATIENCE = 300

# The rest of a project that Django 1.11 made.
PROJECT = {
    "manage.py": (
        "import os, sys\nfrom django.core.management import execute_from_command_line\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\nexecute_from_command_line(sys.argv)\n'
    ),
    "mysite/__init__.py": "",
    "mysite/urls.py": (
        "from django.http import HttpResponse\nfrom django.urls import re_path\n\n"
        'urlpatterns = [re_path("^ready/$", lambda request: HttpResponse("ready"))]\n'
    ),
    "chat/__init__.py": "",
}
SETTINGS = """
SECRET_KEY = "not a secret"
DEBUG = True
STATIC_URL = "/static/"
ROOT_URLCONF = "mysite.urls"
MIDDLEWARE = []
CHANNEL_LAYERS = {
    "default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "chat.routing.channel_routing"},
}
"""


class Typed:
    """The project as transcripts.play wants it; here nothing counts consumers, frames show that they have run."""

    def __init__(self) -> None:
        self.port = free_port()
        self._count = itertools.count()

    def count(self, event: str) -> int:
        return next(self._count)


def test_the_page_leads_to_a_running_app(wheel: Path, tmp_path: Path) -> None:
    example = EXAMPLES["start"]
    files = {**PROJECT, **example.files()}
    files["mysite/settings.py"] += SETTINGS
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin" / "python3").chmod(0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV", "DJANGO"))}
    env.update(PATH=f"{tmp_path / 'bin'}{os.pathsep}{env['PATH']}", PIP_FIND_LINKS=str(wheel.parent))
    *commands, server = [command for block in blocks_for(__file__) for command in block.commands]
    typed = Typed()
    script = "\n".join(["set -e", *commands, f"exec {server} --noreload 127.0.0.1:{typed.port}"])
    process = Process("bash", ["bash", "-c", script], tmp_path / "project", env, tmp_path / "log")
    try:
        wait_until("the app", lambda: answers_http(typed.port, "/ready/"), [process], PATIENCE)
        asyncio.run(play(typed, example.transcript("")))
    finally:
        process.stop()
