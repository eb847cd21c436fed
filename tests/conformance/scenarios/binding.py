"""Data binding: changes of models go out to groups, messages that come in change models."""

from typing import Any

from ..client import Browser, Client
from ..scenario import Stage, scenario
from .demultiplexer import board, frame, settled


async def hand(stage: Stage) -> Client:
    """A socket that changes models; tables are empty."""
    await stage.get("/fresh/")
    return await stage.open("hand", "/hand")


async def change(client: Client, *operations: list[Any], watchers: tuple[Client, ...]) -> None:
    """Each operation by itself; who watches has then got all of it."""
    for operation in operations:
        await client.run(operation)
        for watcher in watchers:
            await settled(watcher)


@scenario("binding", project="bindings")
async def binding_sends_changes(stage: Stage) -> None:
    """Created, saved, deleted; two bindings of one model; only fields that are named."""
    client, a, b = await hand(stage), await board(stage, "a"), await board(stage, "b", place="elsewhere")
    await change(
        client,
        ["Item", "create", {"board": stage.name("board"), "name": "é"}],
        ["Item", "save", {"pk": 1}, {"name": "x", "number": 5}],
        ["Item", "update", {"pk": 1}, {"price": "1.50", "day": "2016-10-09"}],
        ["Item", "save", {"pk": 1}, {}],
        ["Item", "save fields", {"pk": 1}, {"number": 6}],
        ["Item", "create", {"board": stage.name("board"), "name": "y"}],
        ["Item", "delete", {"pk": 1}],
        ["Item", "delete all", {"board": stage.name("board")}],
        watchers=(a, b),
    )


@scenario("binding", project="bindings")
async def binding_changes_without_signals(stage: Stage) -> None:
    """update() and bulk_create() of a queryset are not seen."""
    client, a = await hand(stage), await board(stage)
    await change(
        client,
        ["Item", "create", {"board": stage.name("board"), "name": "x"}],
        ["Item", "update", {"pk": 1}, {"name": "y"}],
        ["Item", "bulk_create", {"board": stage.name("board")}, {"name": "z"}],
        ["Item", "show", {}, ["pk", "name"]],
        watchers=(a,),
    )


@scenario("binding", project="bindings")
async def binding_moves_between_groups(stage: Stage) -> None:
    """Deleted in the one group, created in the other."""
    client, a, b = await hand(stage), await board(stage, "a"), await board(stage, "b", place="other")
    await change(
        client,
        ["Item", "create", {"board": stage.name("board"), "name": "x"}],
        ["Item", "save", {"pk": 1}, {"board": stage.name("other")}],
        ["Item", "save", {"pk": 1}, {"board": stage.name("nowhere")}],
        ["Item", "save", {"pk": 1}, {"board": stage.name("board"), "number": 3}],
        ["Item", "delete", {"pk": 1}],
        watchers=(a, b),
    )


@scenario("binding", project="bindings")
async def binding_keys_given(stage: Stage) -> None:
    """With a key of its own a new instance looks like a change to those who ask the instance for its groups."""
    client, a = await hand(stage), await board(stage)
    await change(
        client,
        ["Item", "create", {"pk": 50, "board": stage.name("board"), "name": "x"}],
        ["Item", "create", {"pk": 51, "board": stage.name("board"), "name": "x"}],
        ["Label", "create", {"code": "é1", "item_id": 50}],
        ["Label", "save", {"code": "é1"}, {"item_id": 51}],
        ["Item", "delete", {"pk": 51}],
        watchers=(a,),
    )


@scenario("binding", project="bindings")
async def binding_own_serializing(stage: Stage) -> None:
    """serialize_data and serialize of the project; {} is not sent; a Binding that is no WebsocketBinding."""
    client, a = await hand(stage), await board(stage)
    await change(
        client,
        ["Secret", "create", {"board": stage.name("board"), "word": "secret"}],
        ["Secret", "save", {"pk": 1}, {"word": "quiet"}],
        ["Secret", "save", {"pk": 1}, {"word": "loud"}],
        ["Secret", "delete", {"pk": 1}],
        watchers=(a,),
    )


@scenario("binding", project="bindings")
async def binding_from_a_page(stage: Stage) -> None:
    """A view saves; a binding that is defined late works at once."""
    await stage.get("/fresh/")
    a = await board(stage)
    await stage.get("/add/", board=stage.name("board"), name="x")
    await settled(a)
    await stage.get("/late/", board=stage.name("board"))
    await settled(a)


@scenario("binding", project="bindings", layers=("redis",))
async def binding_from_another_process(stage: Stage) -> None:
    await stage.get("/fresh/")
    a = await board(stage)
    await stage.shell(
        "import proj.bindings\n"
        "from proj.models import Item\n"
        f"Item.objects.create(board={stage.name('board')!r}, name='x')\n"
    )
    await settled(a)


# -- inbound -------------------------------------------------------------------------------------------------


async def signed_in(stage: Stage) -> Browser:
    browser = Browser()
    await stage.get("/sign_in/", browser, name=stage.name("ann"))
    return browser


async def ask(stage: Stage, client: Client, stream: str, *payloads: Any, end: str = "inbound") -> None:
    """Each payload by itself."""
    for payload in payloads:
        frame(client, stream, payload)
        await stage.observed(end)
        await settled(client)


async def refused(stage: Stage, client: Client, stream: str, *payloads: Any) -> None:
    """Each payload is an error."""
    await ask(stage, client, stream, *payloads, end="log")


ROWS: list[Any] = ["Item", "show", {}, ["pk", "name", "number", "price", "day"]]


@scenario("binding", project="bindings")
async def binding_takes_changes(stage: Stage) -> None:
    """Create, update, delete by a user who may; they go out again. `fields` limits updates, not what is created."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    here = stage.name("board")
    await ask(
        stage, a, "items",
        {"action": "create", "data": {"board": here, "name": "é", "number": 5, "price": "1.50", "day": "2016-10-09"}},
        {"action": "create", "pk": 77, "data": {"board": here, "name": "no pk of its own"}},
        {"action": "update", "pk": 1, "data": {"name": "x", "price": "9.00", "board": stage.name("elsewhere")}},
        {"action": "update", "pk": "1", "data": {"number": "6"}},
        {"action": "update", "pk": 1, "data": {}},
    )
    await client.run(ROWS)
    await ask(
        stage, a, "items",
        {"action": "delete", "pk": 1}, {"action": "delete", "pk": "2", "data": {"x": 1}}, {"action": "delete", "pk": 2},
        {"action": "delete"},
    )
    await client.run(ROWS)


@scenario("binding", project="bindings")
async def binding_takes_all_fields(stage: Stage) -> None:
    """fields = ["__all__"]."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    await ask(
        stage, a, "members",
        {"action": "create", "data": {"board": stage.name("board"), "name": "x"}},
        {"action": "update", "pk": 1, "data": {"name": "y", "price": "9.00", "day": None, "number": 4}},
    )
    await client.run(ROWS)


@scenario("binding, auth", project="bindings")
async def binding_without_permission(stage: Stage) -> None:
    """Nobody is signed in: has_permission says no, and nothing happens."""
    client, a = await hand(stage), await board(stage)
    await client.run(["Item", "create", {"board": stage.name("board"), "name": "x"}])
    await settled(a)
    await ask(
        stage, a, "items",
        {"action": "create", "data": {"board": stage.name("board"), "name": "y"}},
        {"action": "update", "pk": 1, "data": {"name": "z"}}, {"action": "delete", "pk": 1},
        {"action": "unknown"},
    )
    await client.run(ROWS)


@scenario("binding, 15", project="bindings")
async def binding_wrong_messages(stage: Stage) -> None:
    """Errors in the log; nothing is changed."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    await client.run(["Item", "create", {"board": stage.name("board"), "name": "x"}])
    await settled(a)
    await refused(
        stage, a, "items",
        {}, {"pk": 1, "data": {}}, {"action": "unknown", "pk": 1}, {"action": None}, {"action": "CREATE", "data": {}},
        {"action": "update", "pk": 99, "data": {"name": "y"}}, {"action": "update", "data": {"name": "y"}},
    )
    await client.run(ROWS)


@scenario("binding, 15", project="bindings")
async def binding_wrong_data(stage: Stage) -> None:
    """Django's own errors in the log; nothing is changed."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    await client.run(["Item", "create", {"board": stage.name("board"), "name": "x"}])
    await settled(a)
    await refused(
        stage, a, "items",
        {"action": "create", "data": {"nofield": 1}}, {"action": "create", "data": {"number": "many"}},
        {"action": "create"}, {"action": "create", "data": []}, {"action": "create", "data": {"name": None}},
        {"action": "update", "pk": 1}, {"action": "update", "pk": 1, "data": {"nofield": 1}},
        {"action": "update", "pk": "x", "data": {"name": "y"}},
        {"action": "update", "pk": 1, "data": {"number": "many"}}, {"action": "delete", "pk": "x"},
    )
    await client.run(ROWS)


@scenario("binding", project="bindings")
async def binding_without_user(stage: Stage) -> None:
    """channel_session_user = False, channel_session = True: an AnonymousUser all the same."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    await client.run(["Item", "create", {"board": stage.name("board"), "name": "x"}])
    await settled(a)
    await ask(
        stage, a, "labels",
        {"action": "create", "data": {"item": 1}}, {"action": "delete", "pk": "no such"},
    )
    await client.run(["Label", "show", {}, ["code", "item"]])


@scenario("binding, sessions", project="bindings")
async def binding_in_order(stage: Stage) -> None:
    """strict_ordering goes by `order` in the payload."""
    client, a = await hand(stage), await board(stage, browser=await signed_in(stage))
    await ask(
        stage, a, "ordered",
        *({"order": order, "action": "create", "data": {"board": "", "word": str(order)}} for order in (0, 1, 2, 1)),
    )
    await refused(stage, a, "ordered", {"action": "delete", "pk": 1})
    await client.run(["Secret", "show", {}, ["pk", "word"]])


@scenario("binding", project="bindings")
async def binding_own_messages(stage: Stage) -> None:
    """deserialize, create and update of the project, delete of Binding."""
    client, a = await hand(stage), await board(stage)
    here = stage.name("board")
    await ask(
        stage, a, "plain",
        {"do": "create", "with": {"board": here, "word": "x"}},
        {"do": "update", "which": 1, "with": {"word": "y"}},
        {"do": "delete", "which": 1},
    )
    await client.run(["Secret", "show", {}, ["pk", "word"]])
