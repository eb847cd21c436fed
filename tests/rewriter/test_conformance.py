"""Rewritten projects do what the old stack did with the projects as they were.

A part of the scenarios, in memory; ``conformance.py`` runs all of them, on any stacks.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conformance import REPOSITORY, rewrite, run

PART = "test_scenario and (typical or chat or routing or subprotocol or streams_of)"


@pytest.mark.parametrize("arguments", [("shim", None), ("native", 4), ("native", 4, "--async")])
def test_scenarios(arguments: tuple[Any, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    to, target, *more = arguments
    pytest.importorskip("websockets", reason="the driver of the scenarios needs websockets")
    done = run(to, target, ["--layer", "memory", "-k", PART], tmp_path, *more)
    assert done.returncode == 0, capfd.readouterr().out[-4000:]


def test_all_of_the_typical_project_becomes_native(tmp_path: Path) -> None:
    """The scenarios would also pass if nothing was converted."""
    shutil.copytree(REPOSITORY / "tests/conformance/projects/typical", tmp_path / "typical")
    done = rewrite(tmp_path / "typical", "native", 4)
    assert done.returncode == 1, done.stdout
    text = "".join(path.read_text("utf-8") for path in sorted(tmp_path.rglob("*.py")))
    assert "route(" not in text
    assert text.count("re_path(r") == 9 + 2  # and those of the views
    assert rewrite(tmp_path / "typical", "native", 4).returncode == 0


def test_a_demultiplexer_becomes_native_with_its_streams(tmp_path: Path) -> None:
    """Its scenarios would also pass if it stayed on the shim."""
    shutil.copytree(REPOSITORY / "tests/conformance/projects/streams", tmp_path / "streams")
    done = rewrite(tmp_path / "streams", "native", 4)
    assert done.returncode == 2, done.stdout  # the hand stays
    routes = (tmp_path / "streams/proj/routing.py").read_text("utf-8")
    assert "streams." not in routes.replace("consumers.", "")
    assert routes.count("re_path(r") == 1
    consumers = (tmp_path / "streams/proj/consumers.py").read_text("utf-8")
    assert "compat" not in consumers
    assert "class Streams(JsonWebsocketConsumer)" in consumers


def test_what_never_waits_becomes_asynchronous(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "tests/conformance/projects/typical", tmp_path / "typical")
    rewrite(tmp_path / "typical", "native", 4, "--async")
    text = (tmp_path / "typical/proj/plain.py").read_text("utf-8")
    assert "class PlainConsumer(AsyncWebsocketConsumer)" in text
    assert "async_to_sync" not in text
    # The others call observe(), which writes to a file.
    assert "async def" not in (tmp_path / "typical/proj/consumers.py").read_text("utf-8")


def test_sockets_of_unknown_paths_stay_open(tmp_path: Path) -> None:
    client = pytest.importorskip("websockets.sync.client", reason="needs a WebSocket client")
    sys.path.insert(0, str(REPOSITORY / "examples"))
    try:
        import driver
    finally:
        sys.path.pop(0)
    (tmp_path / "compat").symlink_to(REPOSITORY / "compat")
    shutil.copytree(REPOSITORY / "examples/chat", tmp_path / "chat")
    assert rewrite(tmp_path / "chat", "native", 4).returncode == 2
    port = driver.free_port()
    with driver.server(tmp_path / "chat", port, quiet=True):
        with client.connect(f"ws://127.0.0.1:{port}/nowhere") as socket:
            socket.send("into the void")
            assert socket.ping().wait(20)


@pytest.mark.parametrize("to", ["shim", "native"])
@pytest.mark.parametrize(("example", "script"), [("chat", "demo.py"), ("mixed", "check.py")])
def test_examples(example: str, script: str, to: str, tmp_path: Path) -> None:
    pytest.importorskip("websockets", reason="the clients of the examples need websockets")
    (tmp_path / "compat").symlink_to(REPOSITORY / "compat")  # what the examples put on the server's path
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    changed = rewrite(tmp_path / "examples" / example, to, 4)
    assert changed.returncode in (1, 2), changed.stdout
    command = [sys.executable, str(tmp_path / "examples" / example / script), *(["--check"] * (script == "demo.py"))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
