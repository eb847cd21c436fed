"""Custom channels as most projects have them, on Redis: what --to native makes of them needs workers of its own."""

from ..scenario import Stage, scenario


@scenario("5, 6", project="queues", layers=("redis",))
async def queue_answers(stage: Stage) -> None:
    """A queue's consumer answers the socket that has asked."""
    room = stage.name("room")
    client, other = await stage.open("a", f"/ask/{room}"), await stage.open("b", f"/ask/{room}")
    for text in ("two words", "three of them"):
        client.send(text)
        await stage.observed("count")
        await client.expect()
    await stage.close(other)


@scenario("5, 6", project="queues", layers=("redis",))
async def queue_hands_on(stage: Stage) -> None:
    """A queue's consumer leaves the work to another one, which sends to the group and takes a member out of it."""
    room = stage.name("room")
    client, other = await stage.open("a", f"/ask/{room}"), await stage.open("b", f"/ask/{room}")
    client.send("a text of five words")
    await stage.observed("published")
    await client.expect()
    await other.expect()
    other.send("and another one of more")
    await stage.observed("published")
    await other.expect()


@scenario("5, 6", project="queues", layers=("redis",))
async def queue_closes(stage: Stage) -> None:
    """A queue's consumer says something, and closes the socket."""
    client = await stage.open("a", "/ask/closing")
    client.send("enough")
    await client.expect(2)
    await client.wait_ended()
    await stage.observed("disconnect")
