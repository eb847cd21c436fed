"""Whatever a server, or a middleware before us, hands over: others are served, and what is wrong is said."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any, Iterator

import pytest
from django.test.utils import override_settings
from hypothesis import example, given
from hypothesis import strategies as st
from support.asgi import Connection, websocket_scope
from support.layers import make_layer
from support.waiting import DEADLINE, run

from compat.v0.asgi import make_application
from compat.v0.routing import route
from compat.v2 import settings as compat_settings

from .anything import NO_UNICODE, bent, clearly, few, mostly


async def native(scope: Any, receive: Any, send: Any) -> None:
    """The project's own application."""


class Site:
    """An application and a client of it that does nothing wrong, for as long as the module runs.

    Args:
        shared: whether the project has an application of its own, and the origins of sockets are looked at.
    """

    def __init__(self, shared: bool) -> None:
        before = compat_settings._native_application_path
        compat_settings._native_application_path = f"{__name__}.native" if shared else ""
        with override_settings(CHANNELS_COMPAT={"ALLOWED_ORIGINS": ["https://good.example"]} if shared else {}):
            self.application = make_application(
                make_layer([
                    route("websocket.connect", self.connect, path=r"^/"),
                    route("websocket.receive", self.receive),
                    route("websocket.disconnect", self.disconnect),
                    route("http.request", self.request, method="GET|POST", path="^/"),
                ])
            )  # fmt: skip
        compat_settings._native_application_path = before
        self.application._http = native
        self.got: list[Any] = []
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self.ended = asyncio.Event()
        self.bystander = Connection()
        self.bystander.connect()
        scope = websocket_scope("/", headers=[(b"origin", b"https://good.example")])
        self._task = self.loop.create_task(self.application(scope, self.bystander.receive, self.bystander.send))
        assert (await self.bystander.next())["type"] == "websocket.accept"

    def close(self) -> None:
        self.bystander.disconnect()
        self.loop.run_until_complete(self._task)
        self.loop.run_until_complete(self.application.end())
        self.loop.close()

    # --- consumers ---

    def connect(self, message: Any) -> None:
        pass

    def receive(self, message: Any) -> None:
        content = message.content["text"] if "text" in message.content else message.content["bytes"]
        if content == "are you there?":
            message.reply_channel.send({"text": "yes"})
        else:
            self.got.append(content)

    def disconnect(self, message: Any) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)

    def request(self, message: Any) -> None:
        message.reply_channel.send({"status": 200, "content": message.content["body"]})

    # --- a connection ---

    async def play(self, scope: dict[Any, Any], events: list[dict[Any, Any]]) -> None:
        self.got.clear()
        self.ended.clear()
        connection = Connection()
        connection.give(*events, {"type": "websocket.disconnect"}, {"type": "http.disconnect"})
        with clearly():
            await asyncio.wait_for(self.application(scope, connection.receive, connection.send), DEADLINE)
        if {"type": "websocket.accept", "subprotocol": None} in connection.sent:
            await asyncio.wait_for(self.ended.wait(), DEADLINE)
            assert self.got == frames(events)
        self.bystander.text("are you there?")
        assert await self.bystander.frames(1) == ["yes"]


def frames(events: list[dict[Any, Any]]) -> list[Any]:
    found = []
    for event in events:
        kind = event.get("type")
        if kind == "websocket.disconnect":
            break
        if kind == "websocket.receive":
            found.append(event["text"] if event.get("text") is not None else event.get("bytes") or b"")
    return found


@lru_cache(maxsize=None)
def site(shared: bool) -> Site:
    return Site(shared)


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    for shared in (False, True):
        site(shared).close()
    site.cache_clear()


addresses = st.tuples(st.text(max_size=9), st.integers(0, 65535)).map(list)
names = st.sampled_from([b"host", b"Origin", b"x_y", b"cookie"]) | st.binary(max_size=6)
values = st.sampled_from([b"https://good.example", b"http://[", b"//:99999", b"null"]) | st.binary(max_size=6)
SCOPE: dict[str, Any] = {
    "type": mostly(st.sampled_from(["websocket", "http"]), st.sampled_from(["channel", "lifespan.of.the.future"])),
    "path": st.just("/") | st.text(max_size=8).map("/".__add__),
    "raw_path": st.none() | st.binary(max_size=8),
    "root_path": st.text(max_size=4),
    "method": st.sampled_from(["GET", "POST", "PUT"]),
    "scheme": st.sampled_from(["http", "wss"]),
    "query_string": st.binary(max_size=12),
    "headers": st.lists(st.tuples(names, values), max_size=3),
    "client": st.none() | addresses,
    "server": st.none() | addresses,
    "subprotocols": st.lists(st.text(max_size=4), max_size=2),
}
frame = bent({"type": st.just("websocket.receive"), "text": st.none() | st.text(max_size=8), "bytes": st.none()})
body = bent({"type": st.just("http.request"), "body": st.binary(max_size=8), "more_body": st.booleans()})
other = bent({"type": st.sampled_from(["websocket.connect", "websocket.disconnect", "http.disconnect", "lifespan.x"])})
events = st.lists(frame | body | other, min_size=1, max_size=4)
CONNECT = {"type": "websocket.connect"}
GET = {"type": "http", "method": "GET", "path": "/"}


@given(st.booleans(), bent(SCOPE), mostly(st.just(True), st.just(False)), events)
@few
@example(False, {}, True, [])
@example(False, {"type": "websocket"}, True, [])
@example(True, {"type": "websocket", "path": None}, True, [])
@example(False, {"type": "http", "path": "/"}, False, [])
@example(False, {**GET, "method": 5}, False, [])
@example(False, {**GET, "headers": None, "root_path": None, "query_string": None}, False, [{"type": "http.request"}])
@example(False, {**GET, "headers": [(b"name",)]}, False, [])
@example(False, GET, False, [{}, {"type": "http.request", "body": "no bytes"}])
@example(True, websocket_scope(raw_path=None, headers=None, query_string=None, subprotocols=None), True, [])
@example(False, websocket_scope(subprotocols=5), True, [])
@example(True, websocket_scope(headers=[(b"origin", b"http://[")]), True, [])
@example(True, websocket_scope(headers=[(b"origin", b"http://good.example:99999")]), True, [])
@example(False, websocket_scope(), False, [{}])
@example(False, websocket_scope(), True, [{}, {"text": "x"}, {"type": []}, {"type": "websocket.receive"}])
@example(False, websocket_scope(), True, [{"type": "websocket.receive", "text": NO_UNICODE}])
@example(False, websocket_scope(), True, [{"type": "websocket.receive", "text": object(), "bytes": 5}])
def test_others_are_served(shared: bool, scope: dict[Any, Any], connects: bool, events: list[Any]) -> None:
    server = site(shared)
    server.loop.run_until_complete(server.play(scope, [CONNECT, *events] if connects else events))


@pytest.mark.parametrize("event", [{}, {"type": []}, {"type": "lifespan.of.the.future"}], ids=repr)
def test_a_life_comes_to_its_end(event: dict[str, Any]) -> None:
    application = make_application(make_layer([]))

    async def life() -> list[Any]:
        connection = Connection()
        connection.give(event, {"type": "lifespan.startup"}, event, {"type": "lifespan.shutdown"})
        await application({"type": "lifespan"}, connection.receive, connection.send)
        return [event["type"] for event in connection.sent]

    assert run(life()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
