"""What newer oTrees say of a project of 2.2.4 without compat stands in foreign-errors.md, word for word."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from guide.test_foreign_errors import OF_OTREE
from guide.test_messages import texts

from .versions import PATIENCE, Otree, Project


class Error(NamedTuple):
    """What oTree says from a version on if this is added to settings.py, and to the folder."""

    text: str
    since: str
    command: str
    settings: str = ""
    files: dict[str, str] | None = None


OLD_LAYER = '{"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "routing.channel_routing"}}'
ERRORS = [
    Error("has no attribute 'Group'", "2.3", "test market"),
    Error(
        "ROUTING key found for default - this is no longer needed in Channels 2.", "2.3", "check",
        f"CHANNEL_LAYERS = {OLD_LAYER}",
    ),
    Error("settings.py: Delete the setting DATABASES.", "3", "check", "DATABASES = {}"),
    Error("You should remove it from your settings.py.", "2.5", "check", 'EXTENSION_APPS = ["otree_tools"]'),
    Error(
        'oTree has been updated. Please delete your database (usually "db.sqlite3") '
        'and the folder "__temp_migrations".',
        "3", "devserver 0", files={"__temp_migrations/otree-version.txt": "2.2.4", "db.sqlite3": "old"},
    ),
    # Before 3.4 a thread says it, and the process goes on without serving.
    Error(
        "Cannot import ASGI_APPLICATION module 'routing'", "3.4", "devserver 0",
        'ASGI_APPLICATION = "routing.application"',
    ),
]  # fmt: skip


def number(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.text)
def test_an_error_is_got(error: Error, otree: Otree, tmp_path: Path) -> None:
    if not otree.with_compat or otree.is_judge or number(otree.version) < number(error.since):
        pytest.skip(f"said from oTree {error.since} on")
    project = Project(Otree(otree.python, with_compat=False), tmp_path)
    with (project.folder / "settings.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{error.settings}\n")
    for name, text in (error.files or {}).items():
        (project.folder / name).parent.mkdir(exist_ok=True)
        (project.folder / name).write_text(text)
    ended = subprocess.run(
        project.command(*error.command.split()), cwd=project.folder, stdin=subprocess.DEVNULL,
        env={**otree.environment(), "COMPAT_STARTUP": "0"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert error.text in ended.stdout


def test_the_page_lists_what_is_got_and_nothing_else() -> None:
    assert texts(OF_OTREE[1]) == {error.text for error in ERRORS}
