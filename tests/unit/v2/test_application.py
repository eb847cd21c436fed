"""Who serves what: legacy routes first, then the project's own application, then Django."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable

import pytest
from support.asgi import Connection, websocket_scope
from support.layers import make_layer
from support.waiting import DEADLINE, Journal, in_executor, run, turns, wait_for

from compat.v0.asgi import make_application
from compat.v0.routing import route
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
