"""The sizing page of the guide is what benchmarks/sizing.py computes from the recorded figures."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sizing() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import sizing

    yield sizing
    sys.path.remove(str(ROOT / "benchmarks"))


def run(scenario: str, web: float, worker: float, redis: float, messages: int = 100, webs: int = 2, **more: Any) -> Any:
    """A run with 100 messages; costs in milliseconds for each, spread over two processes of a kind."""
    seconds = {"web": [web / 20] * 2, "worker": [worker / 20] * 2, "redis": [redis / 10], "client": [9], "others": [9]}
    return {"scenario": scenario, "webs": webs, "messages": messages, "processor_seconds": seconds, **more}


CONTENT = {
    "machine": {
        "processor": "a processor",
        "versions": {"python": "3", "channels": "4", "channels_redis": "4", "uvicorn": "1"},
    },
    "seconds": 1,
    "runs": [
        run("echo", 99, 0, 0, webs=1),
        run("echo", 1, 0, 0),
        run("group of 10", 3.5, 1, 0.4, webs=1, members=10),
        run("group of 100", 21.5, 1, 1.3, webs=1, members=100),
        run("group of 10", 4.5, 1, 0.5, members=10),
        run("group of 100", 22.5, 1, 1.4, members=100),
        run("work", 2, 3, 0.4),
        run("connect", 5, 0, 1),
        {"scenario": "idle", "webs": 2, "sockets": 1000, "web_bytes": 50_000_000, "web_bytes_per_socket": 20_000,
         "redis_bytes_per_socket": 100},
    ],
}  # fmt: skip


def test_the_page_is_what_is_computed(sizing: Any) -> None:
    page = sizing.PAGE.read_text("utf-8")
    computed = sizing.parts(json.loads(sizing.RECORDED.read_text()), sizing.Use())
    assert page == sizing.filled(page, computed), "python benchmarks/sizing.py --write"
    assert all(f"<!-- computed: {name} -->" in page for name in computed)


def test_the_page_s_advice_follows_from_the_figures(sizing: Any) -> None:
    found = sizing.costs(json.loads(sizing.RECORDED.read_text()))
    small, large = sizing.to_group(found, 10, 10), sizing.to_group(found, 100, 10)
    assert small.web > small.redis, "web processes cost most"
    assert sizing.to_group(found, 1, 1).web > 5 * found.echo.web, "an answer is many times cheaper than a group of one"
    assert large.web / 100 < small.web / 10, "larger groups are cheaper for each delivery"


def test_costs_are_those_of_the_largest_cluster(sizing: Any) -> None:
    found = sizing.costs(CONTENT)
    assert found.webs == 2
    assert dataclasses.astuple(found.echo) == pytest.approx((0.001, 0, 0))
    assert dataclasses.astuple(found.work) == pytest.approx((0.002, 0.003, 0.0004))


def test_what_a_message_to_a_group_costs_is_taken_apart(sizing: Any) -> None:
    found = sizing.costs(CONTENT)
    # 90 members more are 18 ms more; one web process more is 1 ms more; what is left are 0.5 ms.
    assert dataclasses.astuple(found.delivery) == pytest.approx((0.0002, 0, 0.00001))
    assert dataclasses.astuple(found.reach) == pytest.approx((0.001, 0, 0.0001))
    assert dataclasses.astuple(found.send) == pytest.approx((0.0005, 0, 0.0002))


def test_one_size_of_cluster_says_nothing_of_others(sizing: Any) -> None:
    runs = [each for each in CONTENT["runs"] if each["webs"] == 2]  # type: ignore[index]
    found = sizing.costs({**CONTENT, "runs": runs})
    assert dataclasses.astuple(found.reach) == (0, 0, 0)
    assert found.send.web == pytest.approx(0.0025)


def test_what_was_measured_comes_out_again(sizing: Any) -> None:
    found = sizing.costs(CONTENT)
    groups = [each for each in CONTENT["runs"] if "members" in each]  # type: ignore[operator]
    assert len(groups) == 4
    for each in groups:
        cost = sizing.to_group(found, each["members"], each["webs"])
        assert cost.web == pytest.approx(sum(each["processor_seconds"]["web"]) / each["messages"])


def test_processes_are_those_that_the_rates_need(sizing: Any) -> None:
    use = sizing.Use(pause=2, members=10, work=0.5, visit=100, load=0.5)
    found = sizing.needed(sizing.costs(CONTENT), use, 1000)
    assert (found["messages"], found["deliveries"], found["groups"]) == (500, 5000, 100)
    # Each second 500 x 12.5 ms for groups, 250 x 2 ms for work, 10 x 5 ms for connects; half of a processor for each.
    assert found["webs"] == 14  # 6.8 s
    assert found["workers"] == 2  # 0.75 s
    assert found["redis"] == 2  # 0.76 s
    assert found["web_bytes"] == 14 * 50_000_000 + 1000 * 20_000
    assert found["redis_bytes"] == 100_000


def test_a_group_is_on_no_more_processes_than_there_are(sizing: Any) -> None:
    use = sizing.Use(pause=2, members=10, work=0, visit=1e9, load=0.5)
    # On 10 processes 50 messages would take 0.625 s: two would do. On two it is 0.225 s, on one 0.175 s.
    assert sizing.needed(sizing.costs(CONTENT), use, 100)["webs"] == 1


def test_what_a_process_carries_is_what_it_is_needed_for(sizing: Any) -> None:
    use = sizing.Use(pause=2, members=10, work=0.5, visit=100, load=0.5)
    _, _, web, worker, redis = sizing.share_table(sizing.costs(CONTENT), use).splitlines()
    # As above: 6.8 s for 1000 sockets, of which a process has half a second.
    assert web == "| a web process | 74 | 7.4 | 37 | 370 |"
    assert worker.startswith("| a worker | 670 |")
    assert redis.startswith("| a Redis server | 660 |")


def test_without_work_there_is_no_worker(sizing: Any) -> None:
    assert sizing.needed(sizing.costs(CONTENT), sizing.Use(work=0), 10**6)["workers"] == 0
    assert "worker" not in sizing.share_table(sizing.costs(CONTENT), sizing.Use(work=0))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.012"), (3, "3"), (9.99, "10"), (123, "120"), (98765, "99,000"), (1000000, "1,000,000")],
)
def test_two_digits_count(sizing: Any, value: float, text: str) -> None:
    assert sizing.rounded(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(100, "100 B"), (2_345_678, "2.3 MB"), (80e9, "80 GB"), (5e12, "5,000 GB")]
)
def test_amounts_have_a_unit(sizing: Any, value: float, text: str) -> None:
    assert sizing.amount(value) == text


def test_what_is_not_measurable_is_not_shown(sizing: Any) -> None:
    row = next(line for line in sizing.cost_table(sizing.costs(CONTENT), sizing.Use()).splitlines() if "frame" in line)
    assert row.endswith("| 1,000 | 600 | – | – | – | – |")


def test_a_mark_that_nothing_is_computed_for_is_an_error(sizing: Any) -> None:
    with pytest.raises(KeyError):
        sizing.filled("<!-- computed: nothing -->\n<!-- end -->", {})


def test_other_figures_and_another_use(sizing: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(CONTENT))
    assert sizing.main(["--cluster", str(file), "--pause", "2", "--work", "0"]) == 0
    printed = capsys.readouterr().out
    assert "a frame every 2 s" in printed
    assert "- No workers." in printed
