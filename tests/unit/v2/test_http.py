"""One request: what its consumer gets, what its client gets, and what happens when either gives up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.asgi import Connection
from support.sockets import LAYERS, Server
from support.waiting import Journal, run

from compat.v2.http import Request, request_content, response_headers

on_every_layer = pytest.mark.parametrize("layer", sorted(LAYERS))


def http_scope(**more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/a bé",
        "headers": [(b"Host", b"h"), (b"x-dup", b"a"), (b"x_under", b"no"), (b"x-dup", b"b")],
        "query_string": b"x=1&y=a%20b",
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
        **more,
    }


def start(server: Server, *body: bytes) -> tuple[Connection, asyncio.Task[None]]:
    """A client that has sent ``body``, in these pieces."""
    connection = Connection()
    pieces = body or (b"",)
    for number, piece in enumerate(pieces, 1):
        connection.give({"type": "http.request", "body": piece, "more_body": number < len(pieces)})
    request = Request(server.service, http_scope(), connection.receive, connection.send)
    content = request_content(http_scope(), server.layer.local)
    return connection, asyncio.get_running_loop().create_task(request.run(content))


async def response(connection: Connection) -> tuple[int, list[Any], bytes]:
    begin = await connection.next()
    assert begin["type"] == "http.response.start", begin
    body = b""
    while True:
        event = await connection.next()
        assert event["type"] == "http.response.body", event
        body += event["body"]
        if not event.get("more_body", False):
            return begin["status"], begin["headers"], body


def test_the_content_of_a_request_has_these_keys_and_types() -> None:
    assert request_content(http_scope(), as_tuples=False) == {
        "http_version": "1.1",
        "method": "POST",
        "path": "/a bé",
        "root_path": "",
        "scheme": "http",
        "query_string": b"x=1&y=a%20b",
        "headers": [[b"host", b"h"], [b"x-dup", b"a"], [b"x-dup", b"b"]],
        "client": ["127.0.0.1", 5],
        "server": ["127.0.0.1", 80],
    }
    assert request_content(http_scope(), as_tuples=True)["headers"][0] == (b"host", b"h")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (None, []),
        ([], []),
        ([[b"A", b"b"]], [(b"a", b"b")]),
        ([("A", "b")], [(b"a", b"b")]),
        ({"A": b"b"}, [(b"a", b"b")]),
        ([(b"a", b"1"), (b"a", b"2")], [(b"a", b"1"), (b"a", b"2")]),
    ],
)
def test_headers_may_be_bytes_or_text(given: Any, made: Any) -> None:
    assert response_headers(given) == made


@on_every_layer
def test_the_whole_body_comes_at_once_and_the_disconnect_after_the_response(layer: str) -> None:
    async def main() -> None:
        journal = Journal()

        def consumer(channel: str, content: Any) -> None:
            journal.add((channel, content))
            if channel == "http.request":
                server.layer.send(
                    content["reply_channel"], {"status": 200, "headers": [(b"X", b"y")], "content": content["body"]}
                )

        async with Server(consumer, LAYERS[layer]()) as server:
            connection, task = start(server, b"one ", b"two")
            assert await response(connection) == (200, [(b"x", b"y")], b"one two")
            await task
            (_, request), (channel, last) = await journal.reached(2)
            assert channel == "http.disconnect"
            assert last == {"reply_channel": request["reply_channel"]}

    run(main())


@on_every_layer
def test_a_response_may_come_in_pieces(layer: str) -> None:
    async def main() -> None:
        def consumer(channel: str, content: Any) -> None:
            if channel == "http.request":
                for piece in (
                    {"status": 200, "content": b"one ", "more_content": True},
                    {"content": b"two ", "more_content": True},
                    {"content": "three"},
                    {"content": b"after the end"},
                ):
                    server.layer.send(content["reply_channel"], piece)

        async with Server(consumer, LAYERS[layer]()) as server:
            connection, task = start(server)
            assert await response(connection) == (200, [], b"one two three")
            await task

    run(main())


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"content": b"no status"}, "begins with a message that has a status"),
        ({"status": 200, "headers": 5}, "not iterable"),
        ({"status": 200, "headers": [b"x"]}, "unpack"),
        ({"status": 200, "content": None}, "NoneType"),
    ],
)
def test_a_bad_message_is_ignored_with_a_word_and_a_good_one_still_counts(
    bad: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        def consumer(channel: str, content: Any) -> None:
            if channel == "http.request":
                server.layer.send(content["reply_channel"], bad)
                server.layer.send(content["reply_channel"], {"status": 204})

        async with Server(consumer) as server:
            connection, task = start(server)
            assert (await response(connection))[0] == 204
            await task

    run(main())
    assert why in caplog.text
    assert "migration_guide/errors.md#http-response" in caplog.text


def test_a_second_status_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        def consumer(channel: str, content: Any) -> None:
            if channel == "http.request":
                server.layer.send(content["reply_channel"], {"status": 200, "content": b"a", "more_content": True})
                server.layer.send(content["reply_channel"], {"status": 500, "content": b"b", "more_content": True})
                server.layer.send(content["reply_channel"], {"content": b"c"})

        async with Server(consumer) as server:
            connection, task = start(server)
            assert await response(connection) == (200, [], b"ac")
            await task

    run(main())
    assert "has begun already" in caplog.text


def test_who_gets_no_response_gets_a_503(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        journal = Journal()

        def consumer(channel: str, content: Any) -> None:
            journal.add(channel)

        async with Server(consumer, http_timeout=0.01) as server:
            connection, task = start(server)
            status, _, body = await response(connection)
            assert status == 503
            assert b"in time" in body
            await task
            assert await journal.reached(2) == ["http.request", "http.disconnect"]

    run(main())
    assert "got no response" in caplog.text


def test_a_response_that_stops_in_the_middle_is_ended() -> None:
    async def main() -> None:
        def consumer(channel: str, content: Any) -> None:
            if channel == "http.request":
                server.layer.send(content["reply_channel"], {"status": 200, "content": b"a", "more_content": True})

        async with Server(consumer, http_timeout=0.3) as server:
            connection, task = start(server)
            assert await response(connection) == (200, [], b"a")
            await task

    run(main())


def test_a_client_that_gives_up_brings_a_disconnect() -> None:
    async def main() -> None:
        journal = Journal()

        def consumer(channel: str, content: Any) -> None:
            journal.add(channel)

        async with Server(consumer) as server:
            connection, task = start(server)
            await journal.reached(1)
            connection.give({"type": "http.disconnect"})
            await task
            assert await journal.reached(2) == ["http.request", "http.disconnect"]
            assert connection.sent == []

    run(main())


def test_a_client_that_gives_up_before_the_end_of_its_body_is_no_request() -> None:
    async def main() -> None:
        async with Server(lambda channel, content: pytest.fail("nothing to consume")) as server:
            connection = Connection()
            connection.give(
                {"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}
            )
            await Request(server.service, http_scope(), connection.receive, connection.send).run({})

    run(main())


def test_a_request_that_is_put_back_comes_again() -> None:
    async def main() -> None:
        def consumer(channel: str, content: Any) -> Any:
            if channel == "http.request":
                if "again" not in content:
                    return {**content, "again": 1}
                server.layer.send(content["reply_channel"], {"status": 200, "content": b"second time"})
            return None

        async with Server(consumer) as server:
            connection, task = start(server)
            assert await response(connection) == (200, [], b"second time")
            await task

    run(main())
