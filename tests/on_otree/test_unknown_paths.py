"""A socket that nobody routes is treated as the version treats it, or as 2.2.4 did, by a setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from .versions import PATIENCE, Otree, Project


def unknown(otree: Otree, folder: Path, settings: str = "") -> str:
    """What becomes of a socket with an unknown path. (Ways to refuse differ between servers, not for browsers.)"""
    with Project(otree, folder, settings=settings).serve("devserver") as server:
        try:
            with connect(f"ws://127.0.0.1:{server.port}/unknown/", open_timeout=PATIENCE, proxy=None) as socket:
                socket.send("anybody here?")
                assert socket.ping().wait(PATIENCE)
                return "stays open"
        except (WebSocketException, OSError, EOFError):
            return "refused"


def test_unknown_paths_are_as_the_version_has_them(otree: Otree, tmp_path: Path) -> None:
    if otree.is_judge:
        assert unknown(otree, tmp_path) == "stays open"
        return
    alone = Otree(otree.python, with_compat=False)
    assert unknown(otree, tmp_path / "compat") == unknown(alone, tmp_path / "alone")


def test_unknown_paths_stay_open_by_a_setting(otree: Otree, tmp_path: Path) -> None:
    if otree.is_judge:
        pytest.skip("they do anyhow")
    assert unknown(otree, tmp_path, "OTREE_OPEN_UNKNOWN_SOCKETS = True") == "stays open"
