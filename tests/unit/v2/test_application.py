"""Who serves what: legacy routes first, then the project's own application, then Django."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable

import pytest
from support.asgi import Connection, websocket_scope
from support.layers import make_layer
from support.network import Store
from support.sockets import another_process
from support.waiting import DEADLINE, Journal, in_executor, run, turns, wait_for

from compat.v0.asgi import ChannelLayerWrapper, make_application
from compat.v0.routing import route
from compat.v0.signals import worker_ready
from compat.v2 import settings, versions
from compat.v2.application import LegacyApplication

Configure = Callable[..., None]


async def native_application(scope: Any, receive: Any, send: Any) -> None:
    """Of the project, in the style of ASGI 3."""
    await send({"type": "native", "kind": scope["type"], "path": scope.get("path")})


class DoubleCallable:
    """The same in the style of ASGI 2."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope

    async def __call__(self, receive: Any, send: Any) -> None:
        await send({"type": "native", "kind": self.scope["type"], "path": self.scope.get("path")})


def consumer(message: Any, **kwargs: Any) -> None:
    if message.reply_channel is not None:
        message.reply_channel.send({"text": f"legacy {message.channel.name}"})


def application(monkeypatch: pytest.MonkeyPatch, routing: Any, native: str = "") -> LegacyApplication:
    monkeypatch.setattr(settings, "_native_application_path", native and f"{__name__}.{native}")
    return make_application(make_layer(routing))


def http_scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "client": ["127.0.0.1", 5],
        "server": ["testserver", 80],
    }


async def first_event(application: Any, scope: dict[str, Any], *incoming: dict[str, Any]) -> dict[str, Any]:
    """What is sent after ``incoming`` (and after the handshake's answer)."""
    connection = Connection()
    connection.give(*incoming)
    task = asyncio.ensure_future(application(scope, connection.receive, connection.send))
    event = await connection.next()
    if event["type"] == "websocket.accept":
        event = await connection.next()
    connection.disconnect()
    connection.give({"type": "http.disconnect"})
    await asyncio.wait([task], timeout=DEADLINE)
    await in_executor(application._pool.drain, DEADLINE)
    return event


def over_a_socket(application: LegacyApplication, path: str) -> dict[str, Any]:
    connect, frame = {"type": "websocket.connect"}, {"type": "websocket.receive", "text": "x"}
    return run(first_event(application, websocket_scope(path), connect, frame))


LEGACY = [
    route("websocket.connect", consumer, path="^/connect"),
    route("websocket.receive", consumer, path="^/receive"),
    route("websocket.disconnect", consumer, path="^/disconnect"),
]


@pytest.mark.parametrize("native", ["native_application", "DoubleCallable"])
@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/connect", {"type": "websocket.send", "text": "legacy websocket.connect"}),
        ("/receive", {"type": "websocket.send", "text": "legacy websocket.receive"}),
        ("/native", {"type": "native", "kind": "websocket", "path": "/native"}),
        ("/", {"type": "native", "kind": "websocket", "path": "/"}),
    ],
)
def test_a_socket_without_a_legacy_route_is_the_project_s_own(
    monkeypatch: pytest.MonkeyPatch, native: str, path: str, answer: Any
) -> None:
    assert over_a_socket(application(monkeypatch, LEGACY, native), path) == answer


def test_a_route_for_disconnect_alone_is_a_legacy_route_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Any:
        connection, app = Connection(), application(monkeypatch, LEGACY, "native_application")
        connection.connect()
        connection.disconnect()
        await app(websocket_scope("/disconnect"), connection.receive, connection.send)
        await in_executor(app._pool.drain, DEADLINE)
        return connection.sent

    assert run(main()) == [{"type": "websocket.accept", "subprotocol": None}]


@pytest.mark.parametrize("routing", [[], LEGACY], ids=["no routes", "other routes"])
def test_without_an_application_of_the_project_every_socket_is_opened(
    monkeypatch: pytest.MonkeyPatch, routing: Any
) -> None:
    async def main() -> Any:
        connection, app = Connection(), application(monkeypatch, routing)
        connection.connect()
        connection.text("x")
        connection.disconnect()
        await app(websocket_scope("/nowhere"), connection.receive, connection.send)
        await in_executor(app._pool.drain, DEADLINE)
        return connection.sent

    assert run(main()) == [{"type": "websocket.accept", "subprotocol": None}]


@pytest.mark.parametrize("native", ["native_application", "DoubleCallable"])
def test_requests_are_the_project_s_own(monkeypatch: pytest.MonkeyPatch, native: str) -> None:
    app = application(monkeypatch, LEGACY, native)
    answer = run(first_event(app, http_scope("/page/"), {"type": "http.request", "body": b""}))
    assert answer == {"type": "native", "kind": "http", "path": "/page/"}


@pytest.mark.parametrize(("path", "status"), [("/page/", 200), ("/nowhere/", 404)])
def test_without_an_application_of_the_project_django_answers(
    monkeypatch: pytest.MonkeyPatch, configured: Configure, path: str, status: int
) -> None:
    configured(ALLOWED_HOSTS=["testserver"])
    app = application(monkeypatch, LEGACY)
    answer = run(first_event(app, http_scope(path), {"type": "http.request", "body": b"", "more_body": False}))
    assert (answer["type"], answer["status"]) == ("http.response.start", status)


@pytest.mark.skipif(not hasattr(versions, "serves_websockets") or versions.CHANNELS_MAJOR < 3, reason="Django < 3")
def test_django_s_own_application_is_not_asked_for_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.asgi import get_asgi_application

    monkeypatch.setattr(settings, "native_application", get_asgi_application)
    app = make_application(make_layer([]))

    async def main() -> Any:
        connection = Connection()
        connection.connect()
        connection.disconnect()
        await app(websocket_scope("/"), connection.receive, connection.send)
        return connection.sent

    assert run(main()) == [{"type": "websocket.accept", "subprotocol": None}]


def test_other_kinds_of_scope_are_the_project_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(monkeypatch, [], "native_application")
    assert run(first_event(app, {"type": "mqtt", "path": "/"}))["kind"] == "mqtt"


# --- the start and the end of the process ---


def test_custom_channels_are_consumed_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Any:
        journal = Journal()
        app = application(monkeypatch, {"mail.send": lambda message: journal.add(message.content)})
        server = Connection()
        server.give({"type": "lifespan.startup"})
        task = asyncio.ensure_future(app({"type": "lifespan"}, server.receive, server.send))
        assert await server.next() == {"type": "lifespan.startup.complete"}
        await in_executor(app.layer.send, "mail.send", {"to": "you"})
        entries = await journal.reached(1)
        server.give({"type": "lifespan.shutdown"})
        assert await server.next() == {"type": "lifespan.shutdown.complete"}
        await task
        return entries

    assert run(main()) == [{"to": "you"}]


def test_websocket_and_http_channels_are_not_consumed_as_custom_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Any:
        journal = Journal()
        names = ["websocket.connect", "http.request", "other"]
        app = application(monkeypatch, [route(names, lambda message: journal.add(message.channel.name))])
        app.start()
        await turns()
        for name in names:
            await in_executor(app.layer.send, name, {"path": "/"})
        entries = await journal.reached(1)
        await in_executor(app._worker_pool.drain, DEADLINE)
        return entries, sorted(app.layer.native.channels)

    assert run(main()) == (["other"], ["http.request", "websocket.connect"])


def test_a_socket_starts_the_consumption_of_custom_channels_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Any:
        journal = Journal()
        app = application(monkeypatch, {"mail.send": lambda message: journal.add("sent")})
        await in_executor(app.layer.send, "mail.send", {})
        connection = Connection()
        connection.connect()
        connection.disconnect()
        await app(websocket_scope(), connection.receive, connection.send)
        return await journal.reached(1)

    assert run(main()) == ["sent"]


def test_the_end_waits_for_consumers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def slow(message: Any) -> None:
            journal.add("begun")
            wait_for(gate)
            journal.add("ended")

        app, server = application(monkeypatch, {"mail.send": slow}), Connection()
        server.give({"type": "lifespan.startup"})
        asyncio.ensure_future(app({"type": "lifespan"}, server.receive, server.send))
        await server.next()
        await in_executor(app.layer.send, "mail.send", {})
        await journal.reached(1)
        server.give({"type": "lifespan.shutdown"})
        await turns()
        before = list(server.sent)
        gate.set()
        await server.next()
        return before, journal.entries

    assert run(main()) == ([{"type": "lifespan.startup.complete"}], ["begun", "ended"])


def test_the_end_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch, configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    configured(CHANNELS_COMPAT={"SHUTDOWN_TIMEOUT": 0.01})

    async def main() -> Any:
        gate, journal = threading.Event(), Journal()

        def hanging(message: Any) -> None:
            journal.add("begun")
            wait_for(gate)

        app, server = application(monkeypatch, {"mail.send": hanging}), Connection()
        server.give({"type": "lifespan.startup"})
        asyncio.ensure_future(app({"type": "lifespan"}, server.receive, server.send))
        await server.next()
        await in_executor(app.layer.send, "mail.send", {})
        await journal.reached(1)
        server.give({"type": "lifespan.shutdown"})
        event = await server.next()
        gate.set()
        await in_executor(app._worker_pool.drain, DEADLINE)
        return event

    assert run(main()) == {"type": "lifespan.shutdown.complete"}
    assert "The process ends while consumers still run: they took longer than SHUTDOWN_TIMEOUT (0.01 s)." in caplog.text


def test_options_of_the_settings_are_heeded(monkeypatch: pytest.MonkeyPatch, configured: Configure) -> None:
    configured(CHANNELS_COMPAT={"INBOX": 7, "OUTBOX": 8}, CHANNELS_WS_PROTOCOLS=["foo"])

    async def main() -> Any:
        app = application(monkeypatch, [])
        app.start()
        return app._service

    service = run(main())
    assert (service.inbox, service.outbox, service.protocols) == (7, 8, ["foo"])


def test_a_new_event_loop_is_served_too(monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(monkeypatch, LEGACY)
    for _ in range(3):
        assert over_a_socket(app, "/connect") == {"type": "websocket.send", "text": "legacy websocket.connect"}


# --- what is left to workers ---------------------------------------------------------------------


def handing(configured: Configure, *patterns: str) -> tuple[LegacyApplication, Any, Journal]:
    """An application on a network with ``patterns`` left to workers, another process, and what is consumed here."""
    configured(CHANNELS_COMPAT={"WORKER_CHANNELS": list(patterns)})
    store, journal = Store(), Journal()

    def consumer(message: Any) -> None:
        journal.add(message.channel.name)

    names = ["websocket.connect", "websocket.receive", "websocket.disconnect", "http.request", "mail.send"]
    wrapper = ChannelLayerWrapper(another_process(store), "default", [route(names, consumer)])
    return make_application(wrapper), another_process(store), journal


async def taken(worker: Any, *channels: str) -> tuple[str, Any]:
    """The next message that a worker process finds."""
    for _ in range(100):
        channel, content = await in_executor(worker.receive, channels, True)
        if channel is not None:
            return channel, content
    raise AssertionError("nothing came")


def test_messages_of_sockets_go_to_workers_who_answer(configured: Configure) -> None:
    app, worker, journal = handing(configured, "websocket.*")

    async def main() -> None:
        client = Connection()
        client.connect()
        client.text("hello")
        serving = asyncio.ensure_future(app(websocket_scope("/x"), client.receive, client.send))
        channel, connect = await taken(worker, "websocket.connect")
        assert (channel, connect["path"], connect["order"]) == ("websocket.connect", "/x", 0)
        channel, receive = await taken(worker, "websocket.receive")
        assert (receive["text"], receive["order"]) == ("hello", 1)
        await in_executor(worker.send, receive["reply_channel"], {"text": "back"})
        await client.next()
        assert (await client.next())["text"] == "back"
        client.disconnect(4001)
        await serving
        channel, disconnect = await taken(worker, "websocket.disconnect")
        assert (disconnect["code"], disconnect["reply_channel"]) == (4001, connect["reply_channel"])

    run(main())
    assert journal.entries == []


def test_requests_go_to_workers_who_answer(configured: Configure) -> None:
    app, worker, journal = handing(configured, "http.request")

    async def main() -> None:
        client = Connection()
        client.give({"type": "http.request", "body": b"question"})
        serving = asyncio.ensure_future(app(http_scope("/x"), client.receive, client.send))
        _, request = await taken(worker, "http.request")
        assert (request["path"], request["body"]) == ("/x", b"question")
        await in_executor(worker.send, request["reply_channel"], {"status": 204})
        assert (await client.next())["status"] == 204
        await serving

    run(main())
    assert journal.entries == []


@pytest.mark.parametrize(
    ("patterns", "here"),
    [((), True), (["websocket.*"], True), (["mail.send"], False), (["mail.*"], False), (["*"], False)],
)
def test_custom_channels_are_consumed_here_unless_they_are_left(
    configured: Configure, patterns: Any, here: bool
) -> None:
    app, worker, journal = handing(configured, *patterns)

    async def main() -> None:
        app.start()
        await in_executor(app.layer.send, "mail.send", {})
        if here:
            assert await journal.reached(1) == ["mail.send"]
        else:
            assert (await taken(worker, "mail.send"))[0] == "mail.send"
            assert journal.entries == []

    run(main())


def test_a_layer_in_memory_leaves_nothing_to_workers(monkeypatch: pytest.MonkeyPatch, configured: Configure) -> None:
    configured(CHANNELS_COMPAT={"WORKER_CHANNELS": ["*"]})
    app = application(monkeypatch, LEGACY)
    assert over_a_socket(app, "/connect") == {"type": "websocket.send", "text": "legacy websocket.connect"}


@pytest.mark.parametrize(
    ("patterns", "left_to_workers", "expected"),
    [
        ((), False, ()),
        (["websocket.*"], False, ()),
        ((), True, ["mail.send"]),
        (["websocket.*"], True, ["websocket.*"]),
    ],
)
def test_the_development_server_leaves_only_what_it_is_told_to(
    configured: Configure, patterns: Any, left_to_workers: bool, expected: Any
) -> None:
    app, _, _ = handing(configured, *patterns)
    app.serve_in_development(left_to_workers=left_to_workers, one_at_a_time=False)
    assert app.left_to_workers == expected


def test_one_at_a_time_is_one_thread_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, journal = threading.Lock(), Journal()

    def consumer(message: Any) -> None:
        journal.add("alone" if lock.acquire(blocking=False) else "not alone")
        # Long enough for another thread to come in between, if there is one.
        threading.Event().wait(0.05)
        lock.release()

    async def main() -> None:
        app = application(monkeypatch, {"mail.send": consumer, "websocket.connect": consumer})
        app.serve_in_development(left_to_workers=False, one_at_a_time=True)
        client = Connection()
        client.connect()
        await in_executor(app.layer.send, "mail.send", {})
        serving = asyncio.ensure_future(app(websocket_scope("/"), client.receive, client.send))
        await journal.reached(2)
        client.disconnect()
        await serving

    run(main())
    assert journal.entries == ["alone", "alone"]


@pytest.mark.parametrize(("patterns", "expected"), [((), 1), (["mail.send"], 1), (["*"], 0)])
def test_worker_ready_is_sent_where_messages_are_consumed(configured: Configure, patterns: Any, expected: int) -> None:
    journal = Journal()

    def on_ready(sender: Any, **kwargs: Any) -> None:
        journal.add(type(sender).__name__)

    app, _, _ = handing(configured, *patterns)

    async def main() -> None:
        app.start()
        await journal.reached(expected)
        await turns()

    worker_ready.connect(on_ready)
    try:
        run(main())
    finally:
        worker_ready.disconnect(on_ready)
    assert journal.entries == ["Worker"] * expected


# --- the header Origin ---


@pytest.mark.parametrize(
    ("allowed", "origin", "let_in"),
    [
        ([], "http://evil.example", True),
        ([], None, True),
        (True, "https://good.example", True),
        (True, "https://good.example:8000", True),
        (True, "http://evil.example", False),
        (True, "http://good.example.evil.example", False),
        (True, "null", False),
        (True, "é", False),
        (True, None, False),
        (["https://other.example"], "https://other.example", True),
        (["https://other.example"], "http://other.example", False),
        (["https://other.example"], "https://good.example", False),
        (["https://.other.example"], "https://www.other.example", True),
        (["*"], None, True),
    ],
)
def test_who_may_open_a_socket(
    monkeypatch: pytest.MonkeyPatch, configured: Configure, allowed: Any, origin: Any, let_in: bool
) -> None:
    configured(CHANNELS_COMPAT={"ALLOWED_ORIGINS": allowed}, ALLOWED_HOSTS=["good.example"])
    ours = application(monkeypatch, LEGACY)
    scope = websocket_scope("/connect", headers=[] if origin is None else [(b"origin", origin.encode())])

    async def first() -> Any:
        connection = Connection()
        connection.connect()
        task = asyncio.ensure_future(ours(scope, connection.receive, connection.send))
        event = await connection.next()
        connection.disconnect()
        await asyncio.wait([task], timeout=DEADLINE)
        await in_executor(ours._pool.drain, DEADLINE)
        return event["type"]

    assert run(first()) == ("websocket.accept" if let_in else "websocket.close")


def test_the_origin_of_native_sockets_is_theirs(monkeypatch: pytest.MonkeyPatch, configured: Configure) -> None:
    configured(CHANNELS_COMPAT={"ALLOWED_ORIGINS": True}, ALLOWED_HOSTS=[])
    assert over_a_socket(application(monkeypatch, LEGACY, "native_application"), "/native")["type"] == "native"
