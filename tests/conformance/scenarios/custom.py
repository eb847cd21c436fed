"""Custom channels and ConsumeLater (rows 5, 6, 16, 1.1)."""

from ..scenario import Stage, scenario


@scenario("1.1, custom channel")
async def custom_content(stage: Stage) -> None:
    """The content arrives as sent; types as the layer carries them (tuples become lists on Redis)."""
    client = await stage.open("a")
    await client.run(["send", "custom.observed", {
        "text": "é", "bytes": {"<bytes>": "\x00\xff"}, "int": 5, "big": 2**64 - 1, "negative": -(2**63),
        "float": 1.5, "true": True, "none": None, "list": [1, [2]], "tuple": {"<tuple>": [1, {"<tuple>": [2]}]},
        "dict": {"deep": {"er": []}}, "int keys": {"<dict>": [[1, 2], [3, "x"]]}, "empty": {}, "é": "key",
    }])
    await stage.observed("custom")
    await client.run(["send", "custom.observed", {}])
    await stage.observed("custom")


@scenario("1.1, custom channel")
async def custom_content_reply_channel(stage: Stage) -> None:
    """Any string under reply_channel is wrapped; falsy ones give None."""
    client = await stage.open("a")
    for value in ("foo", "", None):
        await client.run(["send", "custom.observed", {"reply_channel": value}])
        await stage.observed("custom")
    await client.run(["pass on", "custom.observed", {"word": "mine"}])
    await stage.observed("custom")


@scenario("1.1, custom channel")
async def custom_content_is_never_text_only(stage: Stage) -> None:
    """Keys that sockets use mean nothing special on a custom channel."""
    client = await stage.open("a")
    await client.run(["send", "custom.observed", {
        "text": "t", "bytes": {"<bytes>": "b"}, "close": True, "accept": False, "type": "websocket.send",
        "path": "/x", "order": "y", "channel": "z",
    }])
    await stage.observed("custom")
    await client.run(["reply", {"text": "still open"}])


@scenario("1.1, custom channel", layers=("memory",))
async def custom_content_is_not_copied_in_memory(stage: Stage) -> None:
    """In memory the receiver gets the very dict that was sent."""
    client = await stage.open("a", "/calls/same_object")
    client.send(stage.unique)
    await client.text()
    await stage.observed("same")


@scenario("custom")
async def custom_chain(stage: Stage) -> None:
    """Socket -> first -> second -> socket, the reply channel passed on."""
    client = await stage.open("a")
    await client.run(["pass on", "custom.first", {"words": []}], ["reply", {"text": "sent off"}])
    # the chain may be faster or slower than the end of the run
    stage.unordered("a")
    while {"text": "first second"} not in client.seen:
        await client.expect()


@scenario("custom, groups")
async def custom_consumer_acts_for_a_socket(stage: Stage) -> None:
    """A custom consumer adds the socket to a group, sends to the group, and closes the socket."""
    client, other, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await other.run(["add", group])
    client.command(["pass on", "custom.run", {"operations": [
        ["add", group], ["group", group, {"text": "from the custom consumer"}], ["reply", {"close": True}],
    ]}])
    await other.expect()
    await client.expect(2)
    await stage.observed("disconnect")


@scenario("custom, 15")
async def custom_consumer_raises(stage: Stage) -> None:
    """Logged, not retried; the channel goes on."""
    client = await stage.open("a")
    await client.run(["pass on", "custom.run", {"operations": [["observe", "ran"], ["raise", "RuntimeError", "no"]]}])
    await stage.observed("log")
    client.command(["pass on", "custom.run", {"operations": [["observe", "ran"], ["reply", {"text": "second"}]]}])
    await client.expect()


@scenario("5")
async def custom_filters(stage: Stage) -> None:
    """A filter on a custom channel: matching runs with kwargs, others are dropped with an error in the log."""
    client = await stage.open("a")
    for kind in ("good", "fine"):
        client.command(["pass on", "custom.filtered", {"kind": kind}])
        await client.expect()
    await client.run(["pass on", "custom.filtered", {"kind": "bad"}])
    await stage.observed("log")
    await client.run(["pass on", "custom.filtered", {"no": "kind"}])
    await stage.observed("log")
    client.command(["pass on", "custom.filtered", {"kind": "good"}])
    await client.expect()


@scenario("6")
async def custom_nobody_routes(stage: Stage) -> None:
    """No error, nothing logged."""
    client = await stage.open("a")
    await client.run(["send", stage.name("nobody.listens"), {"text": "x"}], ["reply", {"text": "no error"}])
    await client.quiet()


@scenario("16")
async def consume_later_for_ever(stage: Stage) -> None:
    """Eleven runs, the last one doomed, then a warning."""
    client = await stage.open("a")
    await client.run(["send", "custom.later", {"number": 1}])
    await stage.observed("run", 11)
    await stage.observed("log")
    await client.quiet()


@scenario("16")
async def consume_later_three_times(stage: Stage) -> None:
    client = await stage.open("a")
    client.command(["pass on", "custom.later3", {"number": 1}])
    await client.expect()


@scenario("16")
async def consume_later_on_a_socket(stage: Stage) -> None:
    """A receive consumer that always says later; the socket goes on."""
    client = await stage.open("a")
    client.command(["observe", "run"], ["later"])
    await stage.observed("run", 11)
    await stage.observed("log")
    await client.run(["reply", {"text": "goes on"}])
