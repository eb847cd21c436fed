"""examples/otree_market, made for oTree 2.2.4, is played the same on every version."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.servers import Redis

from .versions import Otree, Project


@pytest.mark.parametrize("server", ["devserver", "runserver"])
def test_two_traders_see_what_they_saw_on_2_2_4(otree: Otree, server: str, tmp_path: Path) -> None:
    Project(otree, tmp_path).play(server)


# What ends it at once is a process line whose work is done elsewhere now, and says so.
PROCFILES = {
    "runprodserver": ["runprodserver"],
    "prodserver": ["prodserver"],
    "1of2 and 2of2": ["runprodserver1of2", "runprodserver2of2"],
    "a line each": ["webandworkers", "botworker", "timeoutworkeronly", "runworker"],
    "as on Heroku": ["webandworkers", "timeoutworker"],
}


@pytest.mark.parametrize("procfile", PROCFILES)
def test_two_traders_see_the_same_in_production(otree: Otree, procfile: str, redis: Redis, tmp_path: Path) -> None:
    if otree.is_judge and (procfile == "prodserver" or otree.with_compat):
        pytest.skip("a newer name, or compat where it does nothing")
    server = Project(otree, tmp_path).play(*PROCFILES[procfile], REDIS_URL=redis.url())
    for process in server.processes:
        # Either it is at work until it is ended, or there is no work for it.
        if process.ended_by_itself:
            assert process.popen.returncode == 0, process.tail()
            assert "has nothing to do any more" in process.tail(), process.tail()
            assert not otree.is_judge


@pytest.mark.parametrize("to", ["shim", "native"])
def test_two_traders_see_the_same_when_it_is_rewritten(otree: Otree, clone: Path, to: str, tmp_path: Path) -> None:
    if not otree.with_compat:
        pytest.skip("rewritten it needs compat")
    if to == "native" and otree.is_judge:
        pytest.skip("oTree 2.2.4 has no native consumers")
    Project(otree, tmp_path, clone=clone, to=to).play("devserver")


def test_bots_play(otree: Otree, tmp_path: Path) -> None:
    assert "Bots completed session" in Project(otree, tmp_path).run("test", "market")


def test_a_session_is_created_by_command(otree: Otree, tmp_path: Path) -> None:
    project = Project(otree, tmp_path)
    project.run("resetdb", "--noinput")
    assert "Created session with code" in project.run("create_session", "market", "2")


SHELL = """
from market.models import Group, Player
from otree.session import create_session
from channels import Channel, Group as ChannelGroup

create_session(session_config_name="market", num_participants=2)
group = Group.objects.get()
group.tell({"type": "announcement", "text": "to nobody"})
ChannelGroup("market-0").send({"text": "{}"})
Channel("market.clock").send({"group_id": group.id, "seconds": 1})
print("values", *(int(player.unit_value) for player in group.get_players()))
"""


def test_the_shell_makes_sessions_and_sends(otree: Otree, redis: Redis, tmp_path: Path) -> None:
    project = Project(otree, tmp_path)
    project.run("resetdb", "--noinput")
    # A database that no other test's workers read: 2.2.4 leaves the message there.
    assert "values 30 10" in project.run("shell", typed=SHELL, REDIS_URL=redis.url(1))
