"""Handshake, connect consumers, and what their misbehaviour does (rows 1-4, 7, 8, 13)."""

from ..scenario import Stage, scenario


@scenario("1, 13")
async def handshake_does_not_wait_for_the_consumer(stage: Stage) -> None:
    """The connect consumer is held at a gate: the socket is open, and what it sent so far has come."""
    client = await stage.open("a", f"/connect/held/{stage.gate('held')}", wait=None)
    await client.expect()
    stage.release("held")
    await stage.observed("connect")
    await client.expect()


@scenario("1, 14")
async def receive_runs_while_connect_is_held_elsewhere(stage: Stage) -> None:
    """A held connect consumer of one socket does not stop another socket."""
    held = await stage.open("held", f"/connect/held/{stage.gate('held')}", wait=None)
    await held.expect()
    other = await stage.open("other")
    await other.run(["reply", {"text": "other goes on"}])
    stage.release("held")
    await held.expect()
    await stage.observed("connect")


@scenario("2")
async def connect_consumer_sends_nothing(stage: Stage) -> None:
    """Open, and usable."""
    client = await stage.open("a", "/connect/silent")
    await client.run(["reply", {"text": "works"}])


@scenario("1")
async def connect_consumer_greets(stage: Stage) -> None:
    client = await stage.open("a", "/connect/greets")
    await client.expect()
    await client.run(["reply", {"text": "works"}])


@scenario("3")
async def connect_consumer_raises(stage: Stage) -> None:
    """Logged; the socket stays open."""
    client = await stage.open("a", "/connect/raises")
    await stage.observed("log")
    await client.run(["reply", {"text": "still open"}])


@scenario("3")
async def connect_consumer_sends_and_raises(stage: Stage) -> None:
    """What it sent and the group it joined before the raise stay."""
    client = await stage.open("a", "/connect/sends-and-raises")
    await stage.observed("log")
    await client.expect()
    await client.run(["group", "raisers", {"text": "to the group"}])
    await client.run(["discard", "raisers"])


@scenario("4")
async def path_without_route(stage: Stage) -> None:
    """Opens, stays open, frames go nowhere without a word; only the disconnect that nobody routes is logged."""
    client = await stage.open("nowhere", "/nowhere", wait=None)
    client.send("into the void")
    # another socket's round trip after it
    other = await stage.open("other")
    await other.run(["reply", {"text": "x"}])
    client.send("again")
    await other.run(["reply", {"text": "y"}])
    await stage.close(client, wait="log")
    await other.run(["reply", {"text": "z"}])


@scenario("4")
async def path_with_disconnect_route_only(stage: Stage) -> None:
    """The disconnect still reaches its route."""
    client = await stage.open("a", "/only-disconnect", wait=None)
    await stage.close(client, 4000)


@scenario("7")
async def connect_consumer_closes(stage: Stage) -> None:
    client = await stage.open("a", "/connect/closes")
    await client.expect()
    await stage.observed("disconnect")


@scenario("8")
async def connect_consumer_says_and_closes(stage: Stage) -> None:
    client = await stage.open("a", "/connect/says-and-closes")
    await client.expect(2)
    await stage.observed("disconnect")


@scenario("4, 14")
async def many_sockets_at_once(stage: Stage) -> None:
    """Nine sockets; each gets its own answers and nobody else's."""
    clients = [await stage.open(f"c{number}") for number in range(9)]
    for word in ("one", "two"):
        for number, client in enumerate(clients):
            await client.run(["reply", {"text": f"{word} {number}"}])
