"""What is counted, and where it can be read: in code, in the log, by Prometheus."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import urllib.request
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from support.asgi import Connection, websocket_scope
from support.layers import make_layer
from support.network import NetworkLayer
from support.redis_server import RedisServer
from support.sockets import Server
from support.waiting import DEADLINE, Journal, in_executor, in_thread, run, until, wait_for

import compat
from compat.v0.asgi import make_application
from compat.v0.exceptions import ConsumeLater
from compat.v0.routing import route
from compat.v0.worker import Worker
from compat.v2 import metrics, prometheus
from compat.v2.executor import ThreadPool
from compat.v2.handover import put_back
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer
from compat.v2.metrics import Consumed, Snapshot

Configure = Callable[..., None]


def dropped(reason: str) -> int:
    return metrics.snapshot().dropped.get(reason, 0)


# --- consumers ---


def good(message: Any) -> None:
    pass


def bad(message: Any) -> None:
    raise ValueError("of a test")


def later(message: Any) -> None:
    raise ConsumeLater


def worker_for(channel: str, consumer: Any) -> Worker:
    return Worker(make_layer([route(channel, consumer)]))


@pytest.mark.parametrize(
    ("channel", "consumer", "expected"),
    [("metrics.good", good, (3, 0)), ("metrics.bad", bad, (3, 3)), ("metrics.later", later, (3, 0))],
)
def test_consumers_are_counted_by_channel(channel: str, consumer: Any, expected: tuple[int, int]) -> None:
    worker = worker_for(channel, consumer)
    for _ in range(3):
        worker.dispatch(channel, {})
    found = metrics.snapshot().consumed[channel]
    assert found[:2] == expected
    assert found.seconds > 0


def test_counts_of_all_threads_add_up_and_outlive_them() -> None:
    worker = worker_for("metrics.threads", good)
    for wait in [in_thread(worker.dispatch, "metrics.threads", {}) for _ in range(5)]:
        wait()
    before = metrics.snapshot().consumed["metrics.threads"]
    assert before.messages == 5
    assert not [thread for thread, _ in metrics._threads if not thread.is_alive()], "the ended ones pile up"
    assert metrics.snapshot().consumed["metrics.threads"] == before


def test_a_consumer_that_still_runs_is_not_counted_yet() -> None:
    go = threading.Event()
    worker = worker_for("metrics.slow", lambda message: wait_for(go))
    ended = in_thread(worker.dispatch, "metrics.slow", {})
    assert metrics.snapshot().consumed.get("metrics.slow", Consumed()).messages == 0
    go.set()
    ended()
    assert metrics.snapshot().consumed["metrics.slow"].messages == 1


# --- drops ---


def full_layer() -> SynchronousLayer:
    layer = SynchronousLayer(InMemoryChannelLayer(capacity=1))
    layer.send("full", {})
    layer.group_add("group", "full")
    return layer


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("no route", lambda: worker_for("a", good).dispatch("b", {})),
        ("too many retries", lambda: worker_for("a", later).dispatch("a", {"__retries__": 10})),
        ("group member full", lambda: full_layer().send_group("group", {})),
        ("channel full", lambda: put_back(full_layer(), "full", {})),
    ],
)
def test_drops_are_counted_by_reason(monkeypatch: pytest.MonkeyPatch, reason: str, cause: Callable[[], Any]) -> None:
    monkeypatch.setattr("compat.v2.handover._TRY_PAUSE", 0)
    before = dropped(reason)
    cause()
    assert dropped(reason) == before + 1


def test_messages_for_a_client_that_does_not_read_are_counted() -> None:
    async def main() -> None:
        async with Server(lambda channel, content: None, NetworkLayer(), outbox=1) as server:
            client = await server.connect()
            client.gate.clear()
            (one,) = server.service.sockets.open
            before = dropped("client does not read")
            for _ in range(5):
                await server.layer.native.send(one._reply.name, {"type": "websocket.send", "text": "x"})
            await until(lambda: dropped("client does not read") > before)

    run(main())


def test_the_guide_has_every_reason() -> None:
    package = Path(compat.__file__).parent
    sources = "".join(path.read_text("utf-8") for path in sorted(package.rglob("*.py")))
    given = re.findall(r'count_drop\("([^"]+)"|count_dropped\([^()]+, "([^"]+)"\)|reason: str = "([^"]+)"', sources)
    reasons = {reason for groups in given for reason in groups if reason}
    guide = (Path(__file__).resolve().parents[3] / "migration_guide" / "deployment.md").read_text("utf-8")
    (row,) = (line for line in guide.splitlines() if line.startswith("| `dropped[reason]`"))
    assert {"client does not read", "group member full", "no route"} < reasons
    assert reasons == set(re.findall(r"`([a-z ]+)`", row.split("|")[3]))


# --- sockets and queues ---


def watched(server: Server) -> metrics.Watched:
    """Has snapshots see a server."""
    return metrics.Watched(
        server.layer, lambda: ["mail"], [server.pool.load], server.service.sockets, server.service.wakeups
    )


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    # What other tests have left to the garbage collector.
    monkeypatch.setattr(metrics, "_watched", type(metrics._watched)())


def test_queues_are_measured_where_they_are() -> None:
    go, journal = threading.Event(), Journal()

    def dispatch(channel: str, content: Any) -> None:
        journal.add(channel)
        wait_for(go)

    async def main() -> Snapshot:
        async with Server(dispatch, consumed=lambda channel: channel == "websocket.receive") as server:
            watching = watched(server)
            clients = [await server.connect() for _ in range(6)]
            for client in clients:
                client.text("1", "2", "3")
            server.layer.send("mail", {})
            await journal.reached(4)  # the pool has four threads
            sockets = server.service.sockets
            await until(lambda: sockets.received == 18)
            clients[0].gate.clear()
            (one,) = (each for each in sockets.open if each._send == clients[0].send)
            for _ in range(4):
                one._reply.put({"text": "x"})
            await until(lambda: one.waiting()[1] == 3)  # the first one is being sent
            found = metrics.snapshot()
            go.set()
            del watching
            return found

    found = run(main())
    # Six sockets, four consumers that run with a frame each, the others' frames wait.
    assert found._replace(consumed={}, dropped={}) == Snapshot(
        consumed={}, dropped={}, sockets=6, sockets_opened=6, frames_received=18, frames_sent=1, inbox=14,
        longest_inbox=3, outbox=3, longest_outbox=3, running=4, queued=2, wakeups=0, channels={"mail": 1},
    )  # fmt: skip


def test_a_socket_that_is_gone_is_only_counted() -> None:
    async def main() -> Snapshot:
        async with Server(lambda channel, content: None) as server:
            watching = watched(server)
            client = await server.connect()
            client.text("1")
            client.disconnect()
            await server.end()
            found = metrics.snapshot()
            del watching
            return found

    found = run(main())
    assert (found.sockets, found.sockets_opened, found.frames_received, found.inbox) == (0, 1, 1, 0)


def test_frames_to_clients_are_counted_and_a_close_is_none() -> None:
    async def main() -> int:
        async with Server(lambda channel, content: None) as server:
            client = await server.connect()
            (one,) = server.service.sockets.open
            one._reply.put({"text": "a", "bytes": b"b", "close": True})
            await client.frames(2)
            assert (await client.next())["type"] == "websocket.close"
            return server.service.sockets.sent

    assert run(main()) == 2


def test_what_nobody_keeps_is_no_longer_watched() -> None:
    layer = SynchronousLayer(InMemoryChannelLayer())
    layer.send("mail", {})
    watching = metrics.Watched(layer, lambda: ["mail"], [])
    assert metrics.snapshot().channels == {"mail": 1}
    del watching
    assert metrics.snapshot().channels == {}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # aioredis 1's
@pytest.mark.parametrize("databases", [(0,), (0, 1)], ids=["one server", "two servers"])
def test_channels_on_redis_are_measured(redis: RedisServer, databases: tuple[int, ...]) -> None:
    from channels_redis.core import RedisChannelLayer

    hosts = [f"redis://localhost:{redis.port}/{database}" for database in databases]
    layer = SynchronousLayer(RedisChannelLayer(hosts=hosts))
    for _ in range(3):
        layer.send("mail", {"a": 1})
    assert layer.waiting(["mail", "empty"]) == {"mail": 3, "empty": 0}


def test_a_layer_that_cannot_say_is_no_error() -> None:
    layer = SynchronousLayer(NetworkLayer())
    assert layer.waiting(["mail"]) == {}

    async def on_its_own_loop() -> Any:
        layer.bridge.bind(asyncio.get_running_loop())
        return layer.waiting(["mail"])

    assert run(on_its_own_loop()) == {}


def test_a_pool_knows_its_load() -> None:
    pool, go, journal = ThreadPool(2, "of-a-test"), threading.Event(), Journal()

    def job() -> None:
        journal.add(1)
        wait_for(go)

    for _ in range(5):
        pool.submit(job)
    journal.wait(2)
    assert pool.load() == (2, 3)
    go.set()
    assert pool.drain(DEADLINE)
    assert pool.load() == (0, 0)


# --- the log ---

STATE = Snapshot(
    consumed={"b": Consumed(2, 1, 0.5), "a": Consumed(1, 0, 0.25)},
    dropped={"no route": 3},
    sockets=4,
    channels={"mail": 5},
)


def test_a_snapshot_is_one_line() -> None:
    assert metrics.line(STATE) == (
        "sockets=4 sockets_opened=0 frames_received=0 frames_sent=0 inbox=0 longest_inbox=0 outbox=0 "
        "longest_outbox=0 running=0 queued=0 wakeups=0 consumed[a]=1,errors=0,seconds=0.250 "
        "consumed[b]=2,errors=1,seconds=0.500 waiting[mail]=5 dropped[no route]=3"
    )


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.journal = Journal()

    def emit(self, record: logging.LogRecord) -> None:
        self.journal.add(record.getMessage())


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """Lines of the log of metrics; it has ended when the test has."""
    handler = Lines()
    monkeypatch.setattr(metrics.logger, "level", logging.INFO)
    metrics.logger.addHandler(handler)
    yield handler.journal
    metrics.stop_log()
    metrics.logger.removeHandler(handler)


def test_the_log_goes_on(logged: Journal) -> None:
    metrics.start_log(0.001)
    first = metrics._log
    metrics.start_log(0.001)
    assert metrics._log is first
    assert all(line.startswith("sockets=0 ") for line in logged.wait(3))


def test_the_log_survives_an_error(logged: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "snapshot", lambda: 1 / 0)
    metrics.start_log(0.001)
    assert set(logged.wait(2)) == {"Cannot gather metrics"}


def test_a_web_process_logs_as_the_settings_say(configured: Configure, request: pytest.FixtureRequest) -> None:
    configured(CHANNELS_COMPAT={"METRICS_INTERVAL": 0.001})
    app = make_application(make_layer([route("mail", good)]))
    logged: Journal = request.getfixturevalue("logged")  # making Django's application sets up logging anew

    async def main() -> Any:
        app.start()
        return await logged.reached(1)

    assert "waiting[mail]=0" in run(main())[-1]


# --- Prometheus ---


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(prometheus.PREFIX)]


def test_every_number_has_a_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    client = pytest.importorskip("prometheus_client")
    registry = client.CollectorRegistry(auto_describe=True)
    registry.register(prometheus.Collector())
    monkeypatch.setattr(metrics, "snapshot", lambda: STATE)
    found = samples(client.generate_latest(registry).decode())
    assert 'channels_compat_consumed_messages_total{channel="b"} 2.0' in found
    assert 'channels_compat_consumer_errors_total{channel="b"} 1.0' in found
    assert 'channels_compat_consumer_seconds_total{channel="a"} 0.25' in found
    assert 'channels_compat_dropped_messages_total{reason="no route"} 3.0' in found
    assert 'channels_compat_channel_messages{channel="mail"} 5.0' in found
    assert "channels_compat_sockets 4.0" in found
    plain = [line for line in found if "{" not in line]
    assert len(plain) == len([value for value in STATE if not isinstance(value, dict)])


def test_registering_twice_is_registering_once() -> None:
    client = pytest.importorskip("prometheus_client")
    prometheus.register()
    prometheus.register()
    text = client.generate_latest().decode()
    assert text.count("# TYPE channels_compat_sockets gauge") == 1


def test_web_processes_answer_at_the_path(configured: Configure) -> None:
    pytest.importorskip("prometheus_client")
    configured(CHANNELS_COMPAT={"METRICS_PATH": "/metrics"})
    app = make_application(make_layer([route("websocket.receive", good)]))
    scope = {**websocket_scope("/metrics"), "type": "http", "method": "GET"}

    async def main() -> Any:
        client, request = Connection(), Connection()
        client.connect()
        serving = asyncio.ensure_future(app(websocket_scope("/metrics"), client.receive, client.send))
        assert (await client.next())["type"] == "websocket.accept"  # a socket of that path is none of its business
        await app(scope, request.receive, request.send)
        client.disconnect()
        await serving
        await in_executor(app._pool.drain, DEADLINE)
        return request.sent

    start, body = run(main())
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-type"].startswith(b"text/plain; version=")
    assert "channels_compat_sockets 1.0" in samples(body["body"].decode())


def test_worker_processes_answer_at_the_address(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("prometheus_client")
    prometheus.register()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        taken.listen()
        prometheus.serve(address)  # a second worker on the same machine
    assert f"CHANNELS_COMPAT['METRICS_ADDRESS']: cannot serve metrics on {address}: " in caplog.text
    prometheus.serve(address)
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=DEADLINE) as answer:
        assert "channels_compat_sockets 0.0" in samples(answer.read().decode())
