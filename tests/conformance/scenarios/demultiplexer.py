"""WebsocketDemultiplexer: several streams on one socket."""

import json
from typing import Any

from ..client import Browser, Client
from ..scenario import Stage, scenario


async def board(stage: Stage, name: str = "a", browser: Browser | None = None, place: str = "board") -> Client:
    """A socket with all streams; it is in the groups of the place."""
    return await stage.open(name, f"/board/{stage.name(place)}", browser.headers() if browser else ())


def frame(client: Client, stream: Any, payload: Any) -> None:
    client.send(json.dumps({"stream": stream, "payload": payload}))


async def settled(client: Client) -> None:
    """A round trip: all that was sent to this socket before has come."""
    frame(client, "echo", {"say": "settled"})
    while await client.text() != '{"stream": "echo", "payload": "settled"}':
        pass


@scenario("demultiplexer", project="bindings")
async def streams_to_consumers(stage: Stage) -> None:
    """A payload is sent on to its stream's channel, with the reply channel; the answer comes on the stream."""
    client = await board(stage, place="greeting")
    await client.expect()
    for payload in (
        {"say": "é"}, {"say": {"a": [1, None, 2.5]}, "text": "x"}, {}, {"reply_channel": "another", "order": 7},
    ):
        frame(client, "echo", payload)
        await client.expect()
    client.send('{"payload": {"say": "first", "say": "last"}, "more": 1, "stream": "echo"}')
    await client.expect()


@scenario("demultiplexer, 15", project="bindings")
async def streams_wrong_frames(stage: Stage) -> None:
    """Errors in the log; the socket goes on."""
    client = await stage.open("a", "/bare")
    for content in (
        {"stream": "unknown", "payload": {}}, {"stream": "streams.echo", "payload": {}},
        {"stream": None, "payload": {}}, {"stream": ["echo"], "payload": {}}, {"stream": "echo"}, {"payload": {}}, {},
        [], ["stream", "payload"], "stream payload", 5, None, {"stream": "echo", "payload": "x"},
        {"stream": "echo", "payload": []}, {"stream": "echo", "payload": None},
    ):
        client.send(json.dumps(content))
        await stage.observed("log")
    client.send(b'{"stream": "echo", "payload": {}}')
    await stage.observed("log")
    client.send('{"stream": ')
    await stage.observed("log")
    frame(client, "echo", {"say": "still here"})
    await client.expect()


@scenario("demultiplexer, 6", project="bindings")
async def streams_to_nobody(stage: Stage) -> None:
    """A mapped channel that no route takes."""
    client = await board(stage)
    frame(client, "nobody", {})
    await settled(client)


@scenario("demultiplexer", project="bindings")
async def streams_encode(stage: Stage) -> None:
    """Dates, decimals and the like."""
    client = await board(stage)
    frame(client, "typed", {})
    await client.expect(6)


@scenario("demultiplexer, auth", project="bindings")
async def streams_group_send(stage: Stage) -> None:
    """From a class behind a stream, to all sockets of a group, and with close."""
    ann, place = Browser(), stage.name("board")
    await stage.get("/sign_in/", ann, name=stage.name("ann"))
    a, b = await board(stage, "a", ann), await board(stage, "b")
    for client, say in ((a, {"word": "é"}), (b, None), (a, [])):
        frame(client, "class", {"board": place, "say": say})
        await a.expect()
        await b.expect()
    frame(a, "class", {"board": place, "say": "bye", "close": True})
    await a.expect(2)
    await b.expect(2)
    await stage.observed("disconnect", 2)
    # two disconnects at a time
    stage.unordered("observed")


# -- streams that functions of one file consume: such a demultiplexer can be rewritten as one class ------------------


async def room(stage: Stage, name: str = "a", browser: Browser | None = None, place: str = "room") -> Client:
    client = await stage.open(name, f"/streams/{stage.name(place)}", browser.headers() if browser else ())
    await client.expect()
    return client


@scenario("demultiplexer, auth", project="streams")
async def streams_of_functions(stage: Stage) -> None:
    """Payloads to functions, their answers, and who the user is."""
    ann = Browser()
    await stage.get("/sign_in/", ann, name=stage.name("ann"))
    client = await room(stage, browser=ann)
    for stream, payload in (
        ("echo", {"say": "é"}), ("again", {"say": None}), ("echo", {"text": "x"}), ("again", {}),
        ("echo", {"say": {"a": [1, None, 2.5]}, "reply_channel": "another"}),
        ("typed", {"what": "day"}), ("typed", {"what": "decimal"}), ("typed", {"what": "uuid"}),
    ):
        frame(client, stream, payload)
        await client.expect()
    frame(client, "talk", {"room": stage.name("room"), "say": "hi"})
    await client.expect(2)


@scenario("demultiplexer, 15", project="streams")
async def streams_of_functions_with_errors(stage: Stage) -> None:
    """Wrong frames, and consumers that fail: they are logged, and the socket goes on."""
    client = await room(stage)
    for content in (
        {"stream": "unknown", "payload": {}}, {"stream": "streams.echo", "payload": {}},
        {"stream": "receive", "payload": {}}, {"stream": None, "payload": {}}, {"stream": ["echo"], "payload": {}},
        {"stream": "echo"}, {"payload": {}}, {}, [], ["stream", "payload"], "stream payload", 5, None,
        {"stream": "echo", "payload": "x"}, {"stream": "echo", "payload": []}, {"stream": "echo", "payload": None},
    ):
        client.send(json.dumps(content))
        await stage.observed("log")
    for odd in (b'{"stream": "echo", "payload": {}}', '{"stream": ', ""):
        client.send(odd)
        await stage.observed("log")
    for stream, payload in (("typed", {}), ("typed", {"what": "nothing"}), ("talk", {"say": 1})):
        frame(client, stream, payload)
        await stage.observed("log")
    frame(client, "fail", {"why": "because"})
    await client.expect()
    await stage.observed("log")
    frame(client, "echo", {"say": "still here"})
    await client.expect()


@scenario("demultiplexer", project="streams")
async def streams_of_functions_in_groups(stage: Stage) -> None:
    """Groups that sockets of other kinds are in, too."""
    a, b = await room(stage, "a"), await room(stage, "b", place="elsewhere")
    hand = await stage.open("hand", "/hand")
    group = "talk." + stage.name("room")
    hand.command(["add", group], ["reply", {"text": "added"}])
    await hand.expect()
    frame(b, "join", {"room": stage.name("room")})
    await b.expect()
    frame(a, "talk", {"room": stage.name("room"), "say": ["é"]})
    await a.expect(2)
    await b.expect()
    await hand.expect()
    hand.command(["group", group, {"text": "from the hand"}])
    for client in (a, b, hand):
        await client.expect()
    frame(b, "talk", {"room": stage.name("room"), "say": "good-bye", "bye": True})
    for client in (a, b, hand):
        await client.expect(2)
    await stage.observed("disconnect", 3)
    # three disconnects at a time
    stage.unordered("observed")
