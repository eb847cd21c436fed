"""examples/otree_market, made for oTree 2.2.4, is played the same on every version."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.servers import Redis

from .versions import Otree, Project


@pytest.mark.parametrize("server", ["devserver", "runserver"])
def test_two_traders_see_what_they_saw_on_2_2_4(otree: Otree, server: str, tmp_path: Path) -> None:
    Project(otree, tmp_path).play(server)


def test_two_traders_see_the_same_on_a_production_server(otree: Otree, redis: Redis, tmp_path: Path) -> None:
    Project(otree, tmp_path).play("runprodserver", REDIS_URL=redis.url())


@pytest.mark.parametrize("to", ["shim", "native"])
def test_two_traders_see_the_same_when_it_is_rewritten(otree: Otree, clone: Path, to: str, tmp_path: Path) -> None:
    if not otree.with_compat:
        pytest.skip("rewritten it needs compat")
    if to == "native" and otree.is_judge:
        pytest.skip("oTree 2.2.4 has no native consumers")
    Project(otree, tmp_path, clone, to).play("devserver")


def test_bots_play(otree: Otree, tmp_path: Path) -> None:
    assert "Bots completed session" in Project(otree, tmp_path).run("test", "market")


def test_a_session_is_created_by_command(otree: Otree, tmp_path: Path) -> None:
    project = Project(otree, tmp_path)
    project.run("resetdb", "--noinput")
    assert "Created session with code" in project.run("create_session", "market", "2")
