"""What a reply dict does, when it goes out, and what errors leave behind (rows 12-15)."""

from typing import Any

from ..scenario import Stage, scenario

BYTES = {"<bytes>": "y\x00\xff"}


def reply(name: str, content: dict[str, Any], frames: int, closes: bool = False) -> None:
    """One scenario per dict that the old server survives."""

    async def script(stage: Stage) -> None:
        client = await stage.open("a")
        client.command(["reply", content])
        await client.expect(frames)
        if closes:
            await stage.observed("disconnect")
        else:
            await client.run(["reply", {"text": "goes on"}])

    script.__name__ = f"reply_{name}"
    script.__doc__ = f"The reply {content!r}."
    scenario("12")(script)


reply("text", {"text": "x"}, 1)
reply("unicode", {"text": "é後\u0000"}, 1)
reply("bytes", {"bytes": BYTES}, 1)
reply("none_text_and_bytes", {"text": None, "bytes": BYTES}, 1)
reply("none_bytes_and_text", {"text": "x", "bytes": None}, 1)
reply("text_and_bytes", {"text": "x", "bytes": BYTES}, 2)
reply("text_and_close", {"text": "x", "close": True}, 2, closes=True)
reply("bytes_and_close", {"bytes": BYTES, "close": True}, 2, closes=True)
reply("text_bytes_and_close", {"text": "x", "bytes": BYTES, "close": True}, 3, closes=True)
reply("close", {"close": True}, 1, closes=True)
reply("close_4002", {"close": 4002}, 1, closes=True)
reply("close_1000", {"close": 1000}, 1, closes=True)
reply("close_999", {"close": 999}, 1, closes=True)
reply("close_string", {"close": "yes"}, 1, closes=True)
reply("close_empty_text", {"text": "", "close": True}, 1, closes=True)
reply("close_false", {"close": False}, 0)
reply("close_none", {"close": None}, 0)
reply("close_zero_and_text", {"close": 0, "text": "x"}, 1)
reply("empty", {}, 0)
reply("empty_text", {"text": ""}, 0)
reply("empty_bytes", {"bytes": {"<bytes>": ""}}, 0)
reply("all_none", {"text": None, "bytes": None, "close": None}, 0)


@scenario("12")
async def reply_large(stage: Stage) -> None:
    """A big text and a big binary arrive whole."""
    client = await stage.open("a")
    await client.run(["reply", {"text": "é" * 40000}], ["reply", {"bytes": {"<bytes>": "\xff" * 70000}}])
    sizes = [[key, len(value)] for frame in client.seen for key, value in frame.items() if key != "opened"]
    client.seen = client.seen[:1]
    stage.note("sizes", sizes)


@scenario("12")
async def large_frame_in(stage: Stage) -> None:
    """A frame of 300 kB comes in whole."""
    client = await stage.open("a", "/chat/large/")
    client.send("x" * 300_000)
    stage.note("answer", len(await client.text()))
    client.seen = client.seen[:1]


@scenario("13")
async def sends_go_out_at_once(stage: Stage) -> None:
    """Not when the consumer returns: it is held at a gate after its first send."""
    client = await stage.open("a")
    client.command(["reply", {"text": "first"}], ["gate", stage.gate("g")], ["reply", {"text": "second"}])
    await client.expect()
    stage.release("g")
    await client.expect()


@scenario("13")
async def group_sends_go_out_at_once(stage: Stage) -> None:
    client, group = await stage.open("a"), stage.name("group")
    other = await stage.open("b")
    await other.run(["add", group])
    client.command(["group", group, {"text": "first"}], ["gate", stage.gate("g")], ["group", group, {"text": "second"}])
    await other.expect()
    stage.release("g")
    await other.expect()


@scenario("14")
async def sockets_run_in_parallel(stage: Stage) -> None:
    """A consumer held at a gate does not stop the consumer of another socket."""
    held, free = await stage.open("held"), await stage.open("free")
    held.command(["gate", stage.gate("g")], ["reply", {"text": "held"}])
    await free.run(["reply", {"text": "free"}])
    stage.note("held has got nothing yet", held.seen == [{"opened": True}])
    stage.release("g")
    await held.expect()


@scenario("14")
async def order_of_replies(stage: Stage) -> None:
    """Nine sends of one consumer arrive in the order they were made, in each of five rounds."""
    client = await stage.open("a")
    for _ in range(5):
        await client.run(*[["reply", {"text": str(number)}] for number in range(9)])


@scenario("14")
async def order_of_group_and_reply(stage: Stage) -> None:
    """[group, reply] and [reply, group] keep their order, 20 rounds each."""
    client, group = await stage.open("a"), stage.name("group")
    await client.run(["add", group])
    for number in range(20):
        await client.run(["group", group, {"text": f"group {number}"}], ["reply", {"text": f"reply {number}"}])
    for number in range(20):
        await client.run(["reply", {"text": f"reply {number}"}], ["group", group, {"text": f"group {number}"}])
    await client.run(
        ["reply", {"text": "1"}], ["group", group, {"text": "2"}], ["group", group, {"text": "3"}],
        ["reply", {"text": "4"}], ["group", group, {"text": "5"}],
    )


@scenario("14")
async def order_of_group_and_named_channel(stage: Stage) -> None:
    """The same when the reply channel is addressed by name, from another socket's consumer."""
    client, other, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await client.run(["add", group])
    client.command(["name"])
    name = await client.text()
    client.seen = client.seen[:1]
    for number in range(10):
        await other.run(
            ["group", group, {"text": f"group {number}"}], ["send", name, {"text": f"named {number}"}],
            ["group", group, {"text": f"group again {number}"}],
        )
        await client.expect(3)


@scenario("14")
async def cause_comes_before_effect(stage: Stage) -> None:
    """A's group send came to A; B, hearing of it, asks its own consumer: B has the group's text first."""
    first, second, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await first.run(["add", group])
    await second.run(["add", group])
    for number in range(10):
        await first.run(["group", group, {"text": f"news {number}"}])
        await second.run(["reply", {"text": f"after news {number}"}])


@scenario("15")
async def receive_consumer_raises(stage: Stage) -> None:
    """Logged, not retried; what it sent before is delivered, the next message works."""
    client, group = await stage.open("a"), stage.name("group")
    client.command(["observe", "ran"], ["add", group], ["reply", {"text": "before the raise"}],
                   ["raise", "ValueError", "on purpose"], ["reply", {"text": "never"}])
    await client.expect()
    await stage.observed("log")
    await client.run(["group", group, {"text": "the group holds"}])
    client.command(["raise", "KeyError", "é"])
    await stage.observed("log")
    await client.run(["reply", {"text": "works"}])


@scenario("15")
async def receive_consumer_gets_nonsense(stage: Stage) -> None:
    """A frame that the consumer cannot parse, a binary one where it wants text."""
    client = await stage.open("a")
    client.send("not json")
    await stage.observed("log")
    client.send(b"binary")
    await stage.observed("log")
    await client.run(["reply", {"text": "works"}])


@scenario("13, 17")
async def thread_sends_later(stage: Stage) -> None:
    """A thread started in a consumer sends after the consumer has returned."""
    client, group = await stage.open("a"), stage.name("group")
    await client.run(
        ["add", group],
        ["thread", [["gate", stage.gate("t")], ["reply", {"text": "from the thread"}],
                    ["group", group, {"text": "to the group from the thread"}],
                    ["send", "custom.observed", {"from": "thread"}]]],
        ["reply", {"text": "consumer is done"}],
    )
    stage.release("t")
    await client.expect(2)
    await stage.observed("custom")
