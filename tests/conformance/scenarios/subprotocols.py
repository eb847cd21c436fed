"""Choice of a subprotocol by the server (row 22)."""

from ..scenario import Stage, scenario


@scenario("22", project="subprotocols")
async def subprotocol_offered(stage: Stage) -> None:
    """The client's order decides; an unknown one is not taken, and the socket opens all the same."""
    for name, offered in {
        "one": ["foo"], "client's order": ["bar", "foo"], "unknown": ["zzz"], "one known": ["zzz", "foo"],
    }.items():
        client = await stage.open(name, "/", subprotocols=offered)
        client.send("echo")
        await client.expect()
        await stage.close(client)


@scenario("22", project="subprotocols")
async def subprotocol_not_offered(stage: Stage) -> None:
    client = await stage.open("a", "/")
    client.send("echo")
    await client.expect()


@scenario("22")
async def subprotocol_not_configured(stage: Stage) -> None:
    """A server that knows none takes none."""
    client = await stage.open("a", subprotocols=["foo"])
    await client.run(["reply", {"text": "open"}])
