"""Groups, stored reply channels, and sends from elsewhere (rows 14, 17 and what rests on them)."""

import json

from ..client import Client
from ..scenario import Stage, scenario


async def reply_name(client: Client) -> str:
    """The socket's reply channel, as a project stores it in its database."""
    client.command(["name"])
    name = await client.text()
    client.seen = client.seen[:-1]
    return name


@scenario("groups")
async def group_add_send_discard(stage: Stage) -> None:
    """Members get what is sent, each once; others and former members nothing."""
    a, b, c = [await stage.open(name) for name in "abc"]
    group = stage.name("group")
    await a.run(["add", group])
    await b.run(["add", group])
    await b.run(["add", group])
    await c.run(["group", group, {"text": "one"}])
    await a.expect()
    await b.expect()
    await c.run(["group", group, {"bytes": {"<bytes>": "two\xff"}}])
    await a.expect()
    await b.expect()
    await a.run(["discard", group])
    await c.run(["group", group, {"text": "three"}])
    await b.expect()
    await a.quiet()
    await a.run(["group", group, {"text": "four, from outside"}])
    await b.expect()
    for client in (a, b, c):
        await client.quiet()


@scenario("groups")
async def group_send_includes_the_sender(stage: Stage) -> None:
    a, b, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await a.run(["add", group])
    await b.run(["add", group])
    await a.run(["group", group, {"text": "to us both"}])
    await b.expect()


@scenario("groups")
async def group_add_and_send_in_one_consumer(stage: Stage) -> None:
    """Membership counts at once, and ends at once."""
    a, group = await stage.open("a"), stage.name("group")
    await a.run(["group", group, {"text": "too early"}], ["add", group], ["group", group, {"text": "in"}],
                ["discard", group], ["group", group, {"text": "too late"}], ["add", group],
                ["group", group, {"text": "in again"}])


@scenario("groups")
async def group_several(stage: Stage) -> None:
    """One socket in several groups; groups do not mix."""
    a, b = await stage.open("a"), await stage.open("b")
    one, two = stage.name("one"), stage.name("two")
    await a.run(["add", one], ["add", two])
    await b.run(["add", two])
    await b.run(["group", one, {"text": "for one"}], ["group", two, {"text": "for two"}])
    await a.expect(2)


@scenario("12, groups")
async def group_send_closes_members(stage: Stage) -> None:
    """A close sent to a group closes each member."""
    a, b, c = [await stage.open(name) for name in "abc"]
    group = stage.name("group")
    await a.run(["add", group])
    await b.run(["add", group])
    await c.run(["group", group, {"text": "last", "close": True}])
    await a.expect(2)
    await b.expect(2)
    await stage.observed("disconnect", 2)
    await c.run(["group", group, {"text": "to nobody"}])


@scenario("12, groups")
async def group_send_text_and_bytes(stage: Stage) -> None:
    """Each member gets the binary frame, then the text; empty sends give nothing."""
    a, b, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await a.run(["add", group])
    await b.run(["add", group])
    await a.run(["group", group, {"text": "x", "bytes": {"<bytes>": "y"}}], ["group", group, {}],
                ["group", group, {"text": ""}], ["group", group, {"text": None, "close": False}])
    await b.expect(2)
    await b.quiet()


@scenario("17")
async def group_with_closed_member(stage: Stage) -> None:
    """Members that left, cleanly or not, disturb nobody and raise nothing."""
    a, b, c = [await stage.open(name) for name in "abc"]
    group = stage.name("group")
    for client in (a, b, c):
        await client.run(["add", group])
    await stage.close(a)
    b.cut()
    await stage.observed("disconnect")
    for number in range(3):
        await c.run(["group", group, {"text": f"to those who are left {number}"}])
    d = await stage.open("d")
    await d.run(["add", group])
    await c.run(["group", group, {"text": "and to d"}])
    await d.expect()


@scenario("17")
async def send_to_closed_reply_channel(stage: Stage) -> None:
    """No error, also for close, and also by a group."""
    a, b = await stage.open("a"), await stage.open("b")
    name = await reply_name(a)
    await b.run(["send", name, {"text": "while open"}])
    await a.expect()
    await stage.close(a)
    await b.run(["send", name, {"text": "too late"}], ["send", name, {"close": True}],
                ["reply", {"text": "no error"}])
    await b.run(["add", stage.name("g"), name], ["group", stage.name("g"), {"text": "x"}],
                ["discard", stage.name("g"), name], ["reply", {"text": "no error either"}])


@scenario("18, groups")
async def group_add_by_name(stage: Stage) -> None:
    """Group.add and discard take a str, of another socket too."""
    a, b, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    name = await reply_name(a)
    await b.run(["add", group, name])
    await b.run(["group", group, {"text": "b put a in"}])
    await a.expect()
    await b.run(["discard", group, name])
    await b.run(["group", group, {"text": "b took a out"}])
    await a.quiet()


@scenario("groups, custom")
async def group_of_custom_channels(stage: Stage) -> None:
    """Any channel can be in a group; its consumer gets the content."""
    a, group = await stage.open("a"), stage.name("group")
    await a.run(["add", group, "custom.observed"], ["add", group])
    await a.run(["group", group, {"text": "for consumer and socket"}])
    await stage.observed("custom")
    await a.quiet()


@scenario("reply channels")
async def stored_reply_channel_used_by_a_view(stage: Stage) -> None:
    """A view sends to a stored reply channel, closes it, and sends again."""
    a, b = await stage.open("a"), await stage.open("b")
    name = await reply_name(a)
    await stage.get("/send/", name=name, content=json.dumps({"text": "from the view"}))
    await a.expect()
    await stage.get("/send/", name=name, content=json.dumps({"bytes": {"<bytes>": "\x01"}, "text": "both"}))
    await a.expect(2)
    await b.quiet()
    await stage.get("/send/", name=name, content=json.dumps({"close": True}))
    await a.expect()
    await stage.observed("disconnect")
    await stage.get("/send/", name=name, content=json.dumps({"text": "nobody there"}))
    stage.notes["pages"] = [[path, status, body] for path, status, body in stage.notes["pages"]]


@scenario("reply channels, groups, other processes", layers=("redis",))
async def another_process_sends(stage: Stage) -> None:
    """A shell, which serves nothing itself, uses stored names of sockets, groups and custom channels."""
    a, b, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    name = await reply_name(a)
    await b.run(["add", group])
    await stage.shell(
        "from channels import Channel, Group\n"
        f"Channel({name!r}).send({{'text': 'to one'}})\n"
        f"Group({group!r}).add(Channel({name!r}))\n"
        f"Group({group!r}).send({{'text': 'to all', 'bytes': b'\\xff'}})\n"
    )
    await a.expect(3)
    await b.expect(2)
    await stage.shell(
        "from channels import Channel, Group\n"
        f"Channel('custom.observed').send({{'reply_channel': {name!r}, 'from': 'a shell'}})\n"
        f"Group({group!r}).discard({name!r})\n"
        f"Group({group!r}).send({{'text': 'one left'}})\n"
    )
    await b.expect()
    await a.quiet()
    await stage.observed("custom")


@scenario("groups, views")
async def group_send_from_a_view(stage: Stage) -> None:
    a, b, group = await stage.open("a"), await stage.open("b"), stage.name("group")
    await a.run(["add", group])
    await b.run(["add", group])
    await stage.get("/group/", name=group, content=json.dumps({"text": "view to group"}))
    await a.expect()
    await b.expect()
    await stage.get("/discard/", name=group, channel=await reply_name(a))
    await stage.get("/group/", name=group, content=json.dumps({"text": "second"}))
    await b.expect()
    await a.quiet()


@scenario("custom, views")
async def custom_channel_from_a_view(stage: Stage) -> None:
    """A view starts a custom consumer, which answers a socket."""
    a = await stage.open("a")
    content = {"reply_channel": await reply_name(a), "words": ["view"]}
    await stage.get("/send/", name="custom.first", content=json.dumps(content))
    await a.expect()


@scenario("tutorial")
async def chat(stage: Stage) -> None:
    """The chat of the tutorials: rooms from the path, joined at connect, left at disconnect."""
    a = await stage.open("a", "/chat/blue/")
    b = await stage.open("b", "/chat/blue/")
    c = await stage.open("c", "/chat/red-1/")
    a.send("hello")
    await a.expect()
    await b.expect()
    c.send("anybody?")
    await c.expect()
    await stage.close(a, 4001)
    await b.expect()
    b.send("alone now")
    await b.expect()
