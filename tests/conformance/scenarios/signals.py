"""Signals around consumers (row 15)."""

from ..scenario import Stage, scenario


@scenario("15", project="signals")
async def signals_on_success(stage: Stage) -> None:
    """started, consumer, finished; all in one thread."""
    client = await stage.open("a", "/", wait="finished")
    client.send("hello")
    await client.expect()
    await stage.observed("finished")
    await stage.close(client)
    await stage.observed("finished")


@scenario("15", project="signals")
async def signals_on_raise(stage: Stage) -> None:
    """No consumer_finished after an exception."""
    client = await stage.open("a", "/", wait="finished")
    client.send("raise")
    await stage.observed("log")
    client.send("hello")
    await client.expect()
    await stage.observed("finished")
    await stage.close(client)
    await stage.observed("finished")


@scenario("15, 16", project="signals")
async def signals_on_consume_later(stage: Stage) -> None:
    """No consumer_finished after ConsumeLater either; one when the message is done."""
    client = await stage.open("a", "/", wait="finished")
    client.send("later")
    await client.expect()
    await stage.observed("finished")
    await stage.close(client)
    await stage.observed("finished")


@scenario("15", project="signals")
async def signals_on_custom_channel(stage: Stage) -> None:
    client = await stage.open("a", "/", wait="finished")
    client.send("custom")
    await client.expect()
    await stage.observed("finished", 2)
    # sender and custom consumer run in two workers at the same time
    stage.unordered("observed")
    await stage.close(client)
    await stage.observed("finished")
