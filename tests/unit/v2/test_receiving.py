"""Taking messages and listing groups on a real Redis, whichever channels_redis there is."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from support.redis_server import RedisServer, running
from support.sockets import Server
from support.waiting import in_executor, in_thread, run, until

from compat.v2 import layers, receiving, versions
from compat.v2.layers import SynchronousLayer

# aioredis 1 is older than some deprecations of the Pythons that it runs on.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MakeLayer = Callable[..., SynchronousLayer]


@pytest.fixture(params=["one server", "two servers"])
def make_layer(request: pytest.FixtureRequest, redis: RedisServer) -> MakeLayer:
    """Makes layers on the same Redis, each as if it were another process's."""
    databases = (0,) if request.param == "one server" else (0, 1)

    def make(**options: Any) -> SynchronousLayer:
        from channels_redis.core import RedisChannelLayer

        hosts = [f"redis://localhost:{redis.port}/{database}" for database in databases]
        return SynchronousLayer(RedisChannelLayer(hosts=hosts, **options))

    return make


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", 0.05)


def take_all(layer: Any, *channels: str) -> list[tuple[str, Any]]:
    found = []
    while True:
        name, content = layer.receive(channels)
        if name is None:
            return found
        found.append((name, content))


def test_messages_come_in_order(make_layer: MakeLayer) -> None:
    layer = make_layer()
    for number in range(20):
        layer.send("a", {"n": number})
    found = [content["n"] for _, content in take_all(layer, "a")]
    assert sorted(found) == list(range(20))
    if layer.native.ring_size == 1:  # two servers know nothing of each other's order
        assert found == list(range(20))
    assert layer.receive(["a"]) == (None, None)


def test_many_channels(make_layer: MakeLayer) -> None:
    layer, names = make_layer(), [f"c.{number}" for number in range(300)]
    for name in names[::3]:
        layer.send(name, {"of": name})
    found = take_all(layer, *names)
    assert sorted(name for name, _ in found) == sorted(names[::3])
    assert all(content == {"of": name} for name, content in found)


def test_a_busy_channel_starves_no_other(make_layer: MakeLayer) -> None:
    layer = make_layer(capacity=1000)
    layer.send("quiet", {})
    for _ in range(200):
        layer.send("busy", {})
    seen = next(n for n in range(200) if layer.receive(["busy", "quiet"])[0] == "quiet")
    assert seen < 150


def test_messages_of_another_process(make_layer: MakeLayer) -> None:
    ours, theirs = make_layer(), make_layer()
    for number in range(4):
        theirs.send("a", {"n": number})
    assert sorted(content["n"] for _, content in take_all(ours, "a")) == [0, 1, 2, 3]


def test_messages_to_members_of_a_group(make_layer: MakeLayer) -> None:
    layer = make_layer()
    for name in ("a", "b"):
        layer.group_add("g", name)
    layer.send_group("g", {"n": 1})
    assert sorted(take_all(layer, "a", "b")) == [("a", {"n": 1}), ("b", {"n": 1})]


def test_reply_channels_and_others_do_not_get_each_other_s_messages(make_layer: MakeLayer) -> None:
    layer, other = make_layer(), make_layer()

    async def main() -> Any:
        layer.bridge.bind(asyncio.get_running_loop())
        reply = await layer.new_reply_channel("")
        layer.opened(reply, None)  # type: ignore[arg-type]
        prefix = reply[: reply.index("!")]
        for name in ("a", prefix, reply):
            await in_executor(other.send, name, {"to": name})
        plain = await in_executor(take_all, layer, "a", prefix, "never")
        own = await asyncio.wait_for(layer.receive_content(reply), 10)
        return reply, prefix, sorted(plain), own

    reply, prefix, plain, own = run(main())
    assert plain == sorted([("a", {"to": "a"}), (prefix, {"to": prefix})])
    assert own == {"to": reply}


def test_what_comes_for_a_client_that_has_gone_is_not_kept(make_layer: MakeLayer) -> None:
    other = make_layer()

    async def main() -> None:
        async with Server(lambda channel, content: None, make_layer().native) as server:
            # The first reads for both.
            stays, gone = await server.connect(), await server.connect()
            first, second = server.layer._replies
            gone.disconnect()
            await until(lambda: second not in server.layer.native.receive_buffer)
            await in_executor(other.send, second, {"text": "late"})
            await in_executor(other.send, first, {"text": "in time"})
            assert await stays.frames(1) == ["in time"]
            assert second not in server.layer.native.receive_buffer

    run(main())


# --- waiting ---


@pytest.mark.parametrize("channels", [[], ["a"], ["a", "b"]])
@pytest.mark.parametrize("block", [False, True])
def test_nothing_to_receive(make_layer: MakeLayer, hasty: None, channels: list[str], block: bool) -> None:
    assert make_layer().receive(channels, block=block) == (None, None)


def test_waiting_for_a_message(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", 4)
    layer, other = make_layer(), make_layer()
    wait = in_thread(layer.receive, ["a", "b"], True)
    other.send("b", {"n": 1})
    assert wait() == ("b", {"n": 1})


def test_several_threads_wait(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", 4)
    layer, other = make_layer(), make_layer()
    waits = [in_thread(layer.receive, ["a"], True) for _ in range(3)]
    for number in range(3):
        other.send("a", {"n": number})
    assert sorted(wait()[1]["n"] for wait in waits) == [0, 1, 2]


def test_nothing_is_lost_when_waiting_ends(make_layer: MakeLayer, hasty: None) -> None:
    layer, other = make_layer(capacity=1000), make_layer(capacity=1000)
    count = 60

    def send_all() -> None:
        for number in range(count):
            other.send("a", {"n": number})

    def receive_all() -> list[int]:
        found: list[int] = []
        while len(found) < count:
            _, content = layer.receive(["a", "b"], block=True)
            found += [content["n"]] if content is not None else []
        return found

    wait = in_thread(receive_all)
    send_all()
    assert sorted(wait()) == list(range(count))
    assert take_all(layer, "a") == []


def test_a_worker_s_way_of_receiving(make_layer: MakeLayer) -> None:
    """Whichever server a message is on: every process begins with the first one."""
    layer = make_layer()
    for number in range(3):
        make_layer().send("a", {"n": number})
    layer.group_add("g", "a")
    layer.send_group("g", {"n": 3})

    async def main() -> list[int]:
        found = [(await asyncio.wait_for(layer.receive_content("a"), 10))["n"] for _ in range(4)]
        await asyncio.sleep(0)
        return found

    assert sorted(run(main())) == list(range(4))


def test_two_processes_that_listen_share_the_messages(make_layer: MakeLayer) -> None:
    """None comes twice, as with the receive() of channels_redis, nor is one lost."""
    layers, sender = [make_layer(), make_layer()], make_layer(capacity=1000)
    count = 300
    found: list[int] = []

    async def listen(layer: Any) -> None:
        while len(found) < count:
            found.append((await layer.receive_content("a"))["n"])

    async def main() -> None:
        listening = [asyncio.ensure_future(listen(layer)) for layer in layers]
        for number in range(count):
            await in_executor(sender.send, "a", {"n": number})
        await asyncio.wait_for(asyncio.wait(listening, return_when=asyncio.FIRST_COMPLETED), 60)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    run(main())
    assert sorted(found) == list(range(count))
    assert take_all(sender, "a") == []


def test_who_is_stopped_leaves_the_message_to_others(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, other = make_layer(), make_layer()
    take = receiving.take

    async def main() -> None:
        taken, go_on = asyncio.Event(), asyncio.Event()

        async def slow(*arguments: Any) -> Any:
            found = await take(*arguments)
            taken.set()
            await go_on.wait()
            return found

        await in_executor(other.send, "a", {"n": 1})
        with monkeypatch.context() as patch:
            patch.setattr(receiving, "take", slow)
            listening = asyncio.ensure_future(layer.receive_content("a"))
            await asyncio.wait_for(taken.wait(), 10)
            listening.cancel()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await listening

    run(main())
    assert take_all(other, "a") == [("a", {"n": 1})]


# --- expired messages ---


@pytest.mark.parametrize("block", [False, True])
def test_expired_messages_are_not_received(
    make_layer: MakeLayer, hasty: None, monkeypatch: pytest.MonkeyPatch, block: bool
) -> None:
    if versions.redis_major() < 3:
        pytest.skip("channels_redis 2 leaves it to Redis, channel by channel")
    layer = make_layer(expiry=60)
    later = time.time() + 61
    layer.send("a", {"n": 1})
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        assert layer.receive(["a"], block=block) == (None, None)
    assert layer.receive(["a"]) == (None, None)


def test_one_that_expires_while_redis_waits(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    if versions.redis_major() < 3:
        pytest.skip("channels_redis 2 leaves it to Redis, channel by channel")
    layer = make_layer(expiry=60)
    later = time.time() + 61
    layer.send("a", {"n": 1})
    store = receiving._RedisStore(layer.native)
    monkeypatch.setattr(time, "time", lambda: later)
    assert layer.bridge.ask(store.wait, ["a"], 1) is None


# --- groups ---


def test_the_channels_of_a_group(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = make_layer(), make_layer()
    assert ours.group_channels("g") == []
    for name in ("b", "a", "c"):
        theirs.group_add("g", name)
    ours.group_discard("g", "a")
    ours.group_add("other", "a")
    assert ours.group_channels("g") == ["b", "c"]
    assert theirs.group_channels("other") == ["a"]


def test_members_that_have_expired_are_not_listed(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = make_layer(group_expiry=100)
    layer.group_add("g", "old")
    later = time.time() + 99
    monkeypatch.setattr(time, "time", lambda: later)
    layer.group_add("g", "new")
    assert layer.group_channels("g") == ["old", "new"]
    later += 2
    assert layer.group_channels("g") == ["new"]


def test_flush(make_layer: MakeLayer) -> None:
    layer = make_layer()
    for name in ("a", "a", "b"):
        layer.send(name, {})
    layer.group_add("g", "a")
    layer.flush()
    assert take_all(layer, "a", "b") == []
    assert layer.group_channels("g") == []


# --- several servers ---


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[RedisServer]]:
    pytest.importorskip("channels_redis")
    with running(tmp_path / "first") as first, running(tmp_path / "second") as second:
        yield [first, second]


def layer_on(servers: list[RedisServer]) -> Any:
    from compat.v0.layers import RedisChannelLayer

    return RedisChannelLayer(hosts=[("localhost", server.port) for server in servers])


def test_one_that_is_away_keeps_nobody_from_the_others(
    servers: list[RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = layer_on(servers)
    monkeypatch.setattr(receiving.random, "sample", lambda all_, _: sorted(all_, reverse=True))
    while int(servers[0].command("DBSIZE")[1:]) == 0:  # it is sent to any of them
        layer.send("a", {"text": "x"})
    servers[1].stop()
    assert layer.receive(["a"])[1] == {"text": "x"}
    with pytest.raises(Exception, match="Connect|refused|closed"):
        take_all(layer, "a")


def test_groups_on_every_server(servers: list[RedisServer]) -> None:
    layer = layer_on(servers)
    for group in receiving.groups_everywhere(layer.native, "nobody"):
        layer.group_add(group, "nobody")
    assert [server.command("DBSIZE") for server in servers] == [b":1", b":1"]


def test_several_servers_share_the_load(servers: list[RedisServer]) -> None:
    ours, theirs = layer_on(servers), layer_on(servers)
    for number in range(10):
        theirs.send("a", {"n": number})
        theirs.group_add(f"group{number}", "a")
    assert all(int(server.command("DBSIZE")[1:]) > 1 for server in servers)
    assert sorted(content["n"] for _, content in take_all(ours, "a")) == list(range(10))

    async def main() -> list[Any]:
        ours.bridge.bind(asyncio.get_running_loop())
        replies = [await ours.new_reply_channel("") for _ in range(12)]
        for reply in replies:
            ours.opened(reply, None)
            await in_executor(theirs.send, reply, {"to": reply})
        return [(reply, await asyncio.wait_for(ours.receive_content(reply), 10)) for reply in replies]

    for reply, content in run(main()):
        assert content == {"to": reply}
