"""What is slow delays nothing else. Nobody looks at a clock: whoever is delayed waits for the other in vain."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conformance.servers import Redis
from websockets.sync.client import connect

from .test_inside import INSIDE
from .versions import MARKET, PATIENCE, Otree, Project, Server

sys.path.insert(0, str(MARKET))

from play import Browser, Lab

# As if compat/otree/idmap.py were not there.
WITHOUT_GUARD = "from compat.otree import idmap\nidmap.guard = lambda signal: None\n"


@contextlib.contextmanager
def socket(server: Server, path: str) -> Iterator[Any]:
    with connect(f"ws://127.0.0.1:{server.port}{path}", open_timeout=PATIENCE, proxy=None) as opened:
        yield opened


def texts(opened: Any, count: int) -> list[str]:
    return [opened.recv(timeout=PATIENCE) for _ in range(count)]


@contextlib.contextmanager
def listening(server: Server) -> Iterator[Any]:
    with socket(server, "/held") as opened:
        assert texts(opened, 1) == ["listening"]
        yield opened


@pytest.fixture(scope="module", params=["devserver", "runprodserver --no-collectstatic"])
def server(
    otree: Otree, redis: Redis, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if not otree.with_compat or otree.is_judge:
        pytest.skip("about what compat adds to a new oTree")
    settings = f"CHANNEL_LAYERS['default']['CONFIG']['hosts'] = ['{redis.url()}']"
    project = Project(otree, tmp_path_factory.mktemp("held"), INSIDE, settings)
    with project.serve(request.param, REDIS_URL=redis.url()) as serving:
        yield serving


def test_a_slow_consumer_delays_no_page_no_task_and_no_socket(server: Server) -> None:
    with listening(server) as slow, listening(server) as other:
        slow.send("hold:consumer")
        assert texts(slow, 1) == ["holding"]
        other.send("background:task")
        # Both, held up, hear of each other; pages and sockets are served meanwhile.
        assert texts(other, 1) == texts(slow, 1) == ["the task begins"]
        assert "Clicks" in server.get("/demo/")
        other.send("echo:heard")
        assert texts(other, 1) == ["heard"]
        with socket(server, "/no_op/"):
            pass
        server.get("/release/consumer/")
        assert texts(slow, 1) == ["went on"]
        server.get("/release/task/")
        assert texts(other, 1) == texts(slow, 1) == ["the task went on"]


def test_a_slow_page_delays_no_socket(server: Server) -> None:
    with listening(server) as opened, ThreadPoolExecutor() as pool:
        page = pool.submit(server.get, "/held/page/")
        assert texts(opened, 1) == ["the page begins"]
        with listening(server) as another:
            another.send("echo:heard")
            assert texts(another, 1) == ["heard"]
        opened.send("release:page")
        assert page.result(PATIENCE) == "went on"


def test_many_replies_of_one_consumer_arrive_all_in_order(server: Server) -> None:
    with listening(server) as opened:
        opened.send("flood:150")
        assert texts(opened, 150) == [str(number) for number in range(150)]


@pytest.mark.parametrize("guarded", [True, False])
def test_a_page_that_is_held_saves_nothing_of_a_consumer_meanwhile(otree: Otree, guarded: bool, tmp_path: Path) -> None:
    """Without what keeps consumers out of oTree's cache, the page would (oTree 3.2 and later): so this test sees it."""
    if not otree.with_compat or otree.is_judge:
        pytest.skip("about what compat adds to a new oTree")
    project = Project(otree, tmp_path, INSIDE, "" if guarded else WITHOUT_GUARD)
    with project.serve("devserver") as server, listening(server) as opened, ThreadPoolExecutor() as pool:
        lab = Lab(server.address)
        link = lab.create_session("clicks")[0]
        participant = Browser(server.address)
        participant.get(link)
        page = pool.submit(participant.post, note="held page")
        (text,) = texts(opened, 1)
        player = text.split()[2]
        for save in ("forget", "save", "forget"):
            with socket(server, f"/change/{player}/{save}") as consumer:
                consumer.send("now")
                assert texts(consumer, 1) == ["changed"]
        opened.send("release:page")
        page.result(PATIENCE)
        stored = json.loads(server.get(f"/stored/{player}/"))
    shared = tuple(map(int, otree.version.split(".")[:2])) >= (3, 2)
    assert stored["note"] == "held page: went on"
    assert (stored["clicks"] == 1000) == (guarded or not shared), stored
