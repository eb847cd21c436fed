"""Class-based consumers."""

import json

from ..scenario import Stage, scenario


@scenario("classes", project="classes")
async def class_websocket_consumer(stage: Stage) -> None:
    """connect, receive, send, kwargs, path; a new object for each message."""
    client = await stage.open("a", "/talk/blue")
    await client.expect()
    client.send("shout")
    await client.expect()
    client.send(b"\x01\x02\xff")
    await client.expect()
    client.send("")
    # an empty answer cannot be sent: the next one shows that nothing came
    await stage.observed("receive", 3)
    for text in ("nothing", "nothing to group", "both"):
        client.send(text)
        await client.expect()
    await stage.close(client, 4001)


@scenario("classes, groups", project="classes")
async def class_connection_groups(stage: Stage) -> None:
    """Groups are joined before connect and left before disconnect."""
    a = await stage.open("a", "/talk/blue")
    b = await stage.open("b", "/talk/blue")
    c = await stage.open("c", "/talk/red")
    for client in (a, b, c):
        await client.expect()
    a.send("all")
    await a.expect()
    await b.expect()
    await stage.close(a)
    await b.expect()
    c.send("quiet?")
    await c.expect()
    b.send("all and close")
    await b.expect(2)
    await stage.observed("disconnect")


@scenario("classes", project="classes")
async def class_closes(stage: Stage) -> None:
    """self.close() and send(close=True)."""
    for number, text in enumerate(("close", "last words")):
        client = await stage.open(f"c{number}", "/talk/blue")
        await client.expect()
        client.send(text)
        await client.expect(number + 1)
        await stage.observed("disconnect")


@scenario("classes", project="classes")
async def class_raw_methods(stage: Stage) -> None:
    """Overridden raw_ methods, `groups` as a class attribute, group_send called on the class."""
    a, b = await stage.open("a", "/raw"), await stage.open("b", "/raw")
    a.send("x")
    await a.expect()
    await b.expect()
    b.send(b"y")
    await a.expect()
    await b.expect()


@scenario("classes", project="classes")
async def class_json_consumer(stage: Stage) -> None:
    a, b = await stage.open("a", "/json/one"), await stage.open("b", "/json/one")
    for client in (a, b):
        await client.expect()
    for content in ({"a": [1, None, "é"]}, [1, 2], "text", 5, None):
        a.send(json.dumps(content))
        await a.expect()
    a.send(json.dumps({"all": {"to": "everybody"}}))
    await a.expect()
    await b.expect()
    a.send('"close"')
    await a.expect(2)
    await stage.observed("disconnect")


@scenario("classes, 15", project="classes")
async def class_json_consumer_errors(stage: Stage) -> None:
    """A binary frame and a broken text are errors in the log; the socket goes on.

    The words about the broken text are the json module's.
    """
    a = await stage.open("a", "/json/one")
    await a.expect()
    a.send(b"{}")
    await stage.observed("log")
    a.send("{not json")
    await stage.observed("log")
    a.send("{}")
    await a.expect()


@scenario("classes", project="classes")
async def class_as_route(stage: Stage) -> None:
    """as_route with attrs."""
    client = await stage.open("a", "/as-route/green")
    await client.expect()
    client.send("all")
    await client.expect()


@scenario("classes", project="classes")
async def class_by_dotted_name(stage: Stage) -> None:
    """Defaults: no groups, receive does nothing."""
    client = await stage.open("a", "/dotted")
    await client.expect()
    client.send("ignored")


@scenario("classes", project="classes")
async def class_attributes_off(stage: Stage) -> None:
    client = await stage.open("a", "/ordered")
    client.send("x")
    await client.expect()


@scenario("classes, custom", project="classes")
async def class_with_custom_channels(stage: Stage) -> None:
    """method_mapping of a BaseConsumer routes custom channels."""
    client = await stage.open("a", "/json/one")
    await client.expect()
    for channel in ("sink.one", "sink.two"):
        client.send(json.dumps({"sink": channel, "word": "w"}))
        await stage.observed("sink")
