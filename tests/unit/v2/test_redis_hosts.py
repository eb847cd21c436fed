"""``hosts`` of asgi_redis, as redis-py 2.10 read them, and as today's clients reach the same server."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest
from passthrough.test_old_layers import HOSTS
from support.redis_server import RedisServer, running
from support.waiting import run

from compat.v2 import redis_hosts, versions
from compat.v2.redis_hosts import Host


# Which is what the passthrough tests assert there.
@pytest.mark.parametrize("number", range(len(HOSTS)))
def test_an_entry_is_read_as_by_the_old_stack(number: int) -> None:
    entry, expected = HOSTS[number]
    host = redis_hosts.parse(entry)
    found: dict[str, Any] = {"db": host.db}
    found.update({"path": host.path} if host.path else {"host": host.name, "port": host.port, "tls": host.tls})
    if host.password:
        found["password"] = host.password
    assert found == {"tls": False, **expected} if "host" in expected else expected


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        ("example.org:7", Host("example.org", 7)),
        (("h", "7"), Host("h", 7)),
        (("::1", 6379), Host("::1")),
        ("redis://[::1]:7/2", Host("::1", 7, db=2)),
        ("redis://h?socket_timeout=3", Host("h", options={"socket_timeout": "3"})),
    ],
)
def test_more_is_understood(entry: Any, host: Host) -> None:
    assert redis_hosts.parse(entry) == host


@pytest.mark.parametrize("entry", [("h", "port"), "redis://h:port", "redis://h?db=x"])
def test_what_is_no_number_is_refused(entry: Any) -> None:
    with pytest.raises(ValueError, match="port|'x'"):
        redis_hosts.parse(entry)


def test_one_url_is_a_list_of_one() -> None:
    assert redis_hosts.native("redis://h:7") == [versions.redis_host(Host("h", 7))]


def test_an_entry_of_today_is_left_alone() -> None:
    assert redis_hosts.native([{"anything": 1}]) == [{"anything": 1}]
    assert redis_hosts.lost([{"anything": 1}]) == []


@pytest.mark.parametrize(
    ("major", "host", "entry"),
    [
        (2, Host("h", 7, db=3, password="a%/@"), {"address": ("h", 7), "db": 3, "password": "a%/@"}),
        (3, Host("h", tls=True), {"address": ("h", 6379), "db": 0, "ssl": True}),
        (3, Host(path="/a b", options={"x": "1"}), {"address": "/a b", "db": 0}),
        (4, Host("h", 7, db=3, password="a%/@ü"), {"address": "redis://:a%25%2F%40%C3%BC@h:7?db=3"}),
        (4, Host("::1", tls=True, options={"x": "1"}), {"address": "rediss://[::1]:6379?db=0&x=1"}),
        (4, Host(path="/a b", password="p"), {"address": "unix://:p@/a%20b?db=0"}),
        (0, Host(), {"address": "redis://localhost:6379?db=0"}),
    ],
)
def test_entries_of_each_version(monkeypatch: pytest.MonkeyPatch, major: int, host: Host, entry: Any) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: major)
    assert versions.redis_host(host) == entry


@pytest.mark.parametrize("major", [2, 3, 4])
def test_options_of_the_url_that_are_lost_are_named(monkeypatch: pytest.MonkeyPatch, major: int) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: major)
    hosts = ["redis://h?socket_timeout=3&db=1", ("h", 1), "redis://i?a=1"]
    words = ["The URL in hosts has a, socket_timeout, which this channels_redis ignores."]
    assert redis_hosts.lost(hosts) == (words if major < 4 else [])


@pytest.mark.parametrize(
    ("sentinels", "services", "hosts"),
    [
        (None, ["m"], [{"sentinels": [("localhost", 26379)], "master_name": "m"}]),
        (
            [("h", "1"), ["i", 2]],
            ("m", "n"),
            [
                {"sentinels": [("h", 1), ("i", 2)], "master_name": "m"},
                {"sentinels": [("h", 1), ("i", 2)], "master_name": "n"},
            ],
        ),
    ],
)
@pytest.mark.parametrize("major", [0, 3, 4])
def test_servers_behind_sentinels(
    monkeypatch: pytest.MonkeyPatch, major: int, sentinels: Any, services: Any, hosts: Any
) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: major)
    assert redis_hosts.behind_sentinels(sentinels, services) == hosts


@pytest.mark.parametrize(
    ("major", "sentinels", "services", "words"),
    [
        (2, None, ["m"], "Sentinels need channels_redis 3 or newer"),
        (4, ["redis://h"], ["m"], r"must be \(name, port\) pairs"),
        (4, [{"address": "h"}], ["m"], r"must be \(name, port\) pairs"),
        (4, [("h", 1, 2)], ["m"], r"must be \(name, port\) pairs"),
        (4, None, None, r'"services": \["mymaster"\] in its CONFIG'),
        (4, None, "mymaster", r'"services": \["mymaster"\] in its CONFIG'),
    ],
)
def test_sentinels_that_cannot_be_asked_are_refused(
    monkeypatch: pytest.MonkeyPatch, major: int, sentinels: Any, services: Any, words: str
) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: major)
    with pytest.raises(ValueError, match=words + ".*errors.md#sentinel$"):
        redis_hosts.behind_sentinels(sentinels, services)


# --- reaching a server ---


def layer_of(*hosts: Any) -> Any:
    from channels_redis.core import RedisChannelLayer

    layer = RedisChannelLayer(hosts=redis_hosts.native(list(hosts)))
    versions.prepare_layer(layer)
    return layer


def exchange(layer: Any) -> Any:
    async def main() -> Any:
        await layer.send("a", {"type": "x"})
        received = await layer.receive("a")
        await asyncio.sleep(0)
        closing = getattr(layer, "close_pools", None)
        if closing is not None:
            await closing()
        return received

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # aioredis 1's, on Python 3.8
        return run(main())


PASSWORD = "p%40:s!ü&"


def test_all_forms_reach_the_same_server(tmp_path: Path) -> None:
    pytest.importorskip("channels_redis")
    with running(tmp_path / "redis", "--requirepass", PASSWORD) as server:
        for host in (
            f"redis://:{PASSWORD}@localhost:{server.port}/3",
            f"redis://h:{PASSWORD}@localhost:{server.port}/?db=3",
            f":{PASSWORD}@localhost:{server.port}/3",
            f"unix://:{PASSWORD}@{server.socket}?db=3",
        ):
            assert exchange(layer_of(host)) == {"type": "x"}
        assert server.command("AUTH", "wrong").startswith(b"-")


@pytest.mark.parametrize("kind", [tuple, list])
def test_pairs_reach_a_server(redis: RedisServer, kind: Any) -> None:
    assert exchange(layer_of(kind(["localhost", redis.port]))) == {"type": "x"}


def test_the_database_is_the_one_of_the_url(redis: RedisServer) -> None:
    async def leave_one(layer: Any) -> None:
        await layer.send("a", {"type": "x"})
        closing = getattr(layer, "close_pools", None)
        if closing is not None:
            await closing()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        run(leave_one(layer_of(f"redis://localhost:{redis.port}/5")))
    assert redis.command("DBSIZE") == b":0"
    assert redis.command("SWAPDB", "0", "5") == b"+OK"
    assert redis.command("DBSIZE") == b":1"
