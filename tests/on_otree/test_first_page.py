"""The author of an oTree project does what the guide's first page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conformance.servers import Process, answers_http, free_port, wait_until
from guide.pages import blocks_for

from .versions import PATIENCE, Otree, Project


def test_the_page_leads_to_a_running_app(otree: Otree, tmp_path: Path) -> None:
    if not otree.with_compat or otree.is_judge:
        pytest.skip("about a newer oTree")
    settings, console = blocks_for(__file__)
    project = Project(Otree(otree.python, with_compat=False), tmp_path)
    path = project.folder / settings.title
    before = path.read_text("utf-8")
    after = re.sub(r"^INSTALLED_APPS = .*\n", settings.text, before, flags=re.M)
    assert after != before
    path.write_text(after, "utf-8")
    *commands, server = console.commands
    port = free_port()
    script = "\n".join(["set -e", *commands, f"exec {server} {port}"])
    # That channels-compat is there already, pip sees; nothing is downloaded.
    env = {**otree.environment(), "PIP_NO_INDEX": "1"}
    process = Process("bash", ["bash", "-c", script], project.folder, env, tmp_path / "log")
    try:
        wait_until("the app", lambda: answers_http(port, "/demo/"), [process], PATIENCE)
    finally:
        process.stop()
