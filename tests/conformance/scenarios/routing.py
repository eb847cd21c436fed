"""Routing in all its forms."""

from ..scenario import Stage, scenario


async def visit(stage: Stage, *paths: str) -> None:
    """Open each path in turn; its connect consumer writes down which one it is and what it got."""
    for path in paths:
        client = await stage.open(path, path)
        await stage.close(client)


@scenario("routing", project="routing")
async def routing_include_by_string(stage: Stage) -> None:
    """Named groups of the include and of the route together; the route's win."""
    await visit(stage, "/numbered/42/a", "/numbered/7/b/", "/numbered/5", "/numbered/5/again/five")


@scenario("routing", project="routing")
async def routing_include_as_list(stage: Stage) -> None:
    """An include in an include, a tuple as routing; the consumer sees the whole path."""
    await visit(stage, "/very/deep/leaf", "/very/deep/leaf/and/more")


@scenario("routing", project="routing")
async def routing_dict(stage: Stage) -> None:
    await visit(stage, "/dict/", "/dict/anything")


@scenario("routing", project="routing")
async def routing_bytes(stage: Stage) -> None:
    await visit(stage, "/bytes/word")


@scenario("routing", project="routing")
async def routing_several_channels(stage: Stage) -> None:
    """One consumer, by dotted name, for all three channels."""
    client = await stage.open("a", "/several/word")
    client.send("hello")
    await client.expect()


@scenario("routing", project="routing")
async def routing_anchors(stage: Stage) -> None:
    """re.match: bound to the start, open at the end."""
    await visit(stage, "/open", "/opener/and/more", "/far/away/starred")


@scenario("routing", project="routing")
async def routing_first_match_wins(stage: Stage) -> None:
    await visit(stage, "/twice/x")


@scenario("routing", project="routing")
async def routing_missing_optional_group(stage: Stage) -> None:
    """A group that took no part gives None."""
    await visit(stage, "/optional", "/optional/x")


@scenario("routing", project="routing")
async def routing_other_filters(stage: Stage) -> None:
    """Filters on the query string and on the text."""
    client = await stage.open("a", "/query?a=1&b=2")
    client.send("hello world")
    await client.expect()
    client.send("goodbye world")
    await client.expect()
    # text filters cannot match a binary frame
    client.send(b"hello")
    await client.expect()


@scenario("routing", project="routing")
async def routing_filter_on_missing_key(stage: Stage) -> None:
    await visit(stage, "/fallback")


@scenario("routing, 4", project="routing")
async def routing_no_connect_route(stage: Stage) -> None:
    """No connect route fits; the catch-all receive and disconnect do."""
    client = await stage.open("a", "/nowhere", wait=None)
    client.send("x")
    await client.expect()
