"""What only a shim is asked: where the old server dies, or promises less than DESIGN does.

These are judged by the assertions in them, not by the old stack.
"""

import json
from typing import Any

from ..client import Client, Frame
from ..scenario import Stage, shim_only

OPENED: Frame = {"opened": True}


def errors(stage: Stage) -> list[str]:
    """Errors that the framework has logged so far."""
    return [
        each["data"]["message"] for each in stage.observations()
        if each["event"] == "log" and each["data"]["level"] == "ERROR"
    ]


async def bystanders(stage: Stage) -> tuple[Client, Client, str]:
    """A socket to try things on, another that must not notice, and a group of both."""
    subject, other, group = await stage.open("subject"), await stage.open("other"), stage.name("group")
    await subject.run(["add", group])
    await other.run(["add", group])
    return subject, other, group


async def all_goes_on(subject: Client, other: Client, group: str) -> None:
    """Replies, group sends, and both sockets work as before."""
    assert await subject.run(["reply", {"text": "still here"}]) == [{"text": "still here"}]
    assert await other.run(["reply", {"text": "me too"}]) == [{"text": "me too"}]
    assert await subject.run(["group", group, {"text": "all"}]) == [{"text": "all"}]
    assert await other.expect() == [{"text": "all"}]


def odd_reply(name: str, content: dict[str, Any], frames: list[Frame], logs: bool) -> None:
    """A dict that ends the old server's reply loop: frames is what a client must get all the same."""

    async def script(stage: Stage) -> None:
        subject, other, group = await bystanders(stage)
        assert await subject.run(["reply", content]) == frames
        if logs:
            await stage.observed("log")
        assert bool(errors(stage)) is logs, f"logged: {errors(stage)}"
        await all_goes_on(subject, other, group)

    script.__name__ = f"odd_reply_{name}"
    script.__doc__ = f"The reply {content!r}."
    shim_only("12")(script)


X: Frame = {"text": "x"}
BINARY = {"<bytes>": "y"}

# `accept` is a key of the 1.x dialect that many projects send: harmless
odd_reply("accept", {"accept": True}, [], logs=False)
odd_reply("accept_and_text", {"accept": True, "text": "x"}, [X], logs=False)
# keys that mean nothing: the others count, and somebody should know
odd_reply("unknown_key", {"foo": 1}, [], logs=True)
odd_reply("unknown_key_and_text", {"text": "x", "foo": 1}, [X], logs=True)
odd_reply("order_and_text", {"text": "x", "order": 3}, [X], logs=True)
odd_reply("unknown_key_and_bytes", {"bytes": BINARY, "headers": []}, [{"binary": "79"}], logs=True)
# wrong types
odd_reply("text_as_bytes", {"text": {"<bytes>": "x"}}, [], logs=True)
odd_reply("text_as_int", {"text": 5}, [], logs=True)
odd_reply("text_as_list", {"text": ["x"]}, [], logs=True)
odd_reply("bytes_as_text", {"bytes": "x"}, [], logs=True)
odd_reply("bytes_as_int", {"bytes": 5}, [], logs=True)


@shim_only("12")
async def accept_false_closes(stage: Stage) -> None:
    subject, other, group = await bystanders(stage)
    subject.command(["reply", {"accept": False}])
    (frame,) = await subject.expect()
    assert "closed" in frame
    await stage.observed("disconnect")
    assert await other.run(["group", group, {"text": "left"}]) == [{"text": "left"}]
    assert errors(stage) == []


@shim_only("9, 12")
async def connect_consumer_accepts(stage: Stage) -> None:
    """Code of both dialects: accept in connect does nothing, the text beside it is sent."""
    client = await stage.open("a", "/connect/accepts")
    assert await client.expect() == [{"text": "accepted"}]
    assert await client.quiet() == []
    assert errors(stage) == []


@shim_only("9, 12")
async def connect_consumer_refuses(stage: Stage) -> None:
    """accept False in connect: the socket is open by then (row 1), so it is closed."""
    client = await stage.open("a", "/connect/refuses")
    (frame,) = await client.expect()
    assert "closed" in frame
    await stage.observed("disconnect")
    assert errors(stage) == []


@shim_only("12")
async def odd_group_send(stage: Stage) -> None:
    """Unknown keys and wrong types sent to a group: each member gets what is valid."""
    subject, other, group = await bystanders(stage)
    assert await subject.run(["group", group, {"text": "x", "foo": 1}]) == [X]
    assert await other.expect() == [X]
    await subject.run(["group", group, {"text": 5}])
    await stage.observed("log", 2)
    await all_goes_on(subject, other, group)


@shim_only("12")
async def sends_after_close(stage: Stage) -> None:
    """What is sent behind a close is dropped (the old server's reply loop dies of it)."""
    subject, other, group = await bystanders(stage)
    subject.command(["reply", {"text": "before"}], ["reply", {"close": True}], ["reply", {"text": "after"}],
                    ["group", group, {"text": "to the other"}], ["reply", {"close": True}], ["observe", "end"])
    before, closed = await subject.expect(2)
    assert before == {"text": "before"}
    assert "closed" in closed
    await stage.observed("end")
    await stage.observed("disconnect")
    assert await other.expect() == [{"text": "to the other"}]
    assert await other.quiet() == []
    assert stage.count("disconnect") == 1


@shim_only("17")
async def dict_with_tuple_key(stage: Stage) -> None:
    """Refused in the send call or delivered; on Redis the old worker process died of it."""
    client = await stage.open("a")
    content = {"<dict>": [[{"<tuple>": [1, 2]}, 3]]}
    client.command(["send", "custom.observed", content], ["observe", "custom"])
    await stage.observed(await either(stage, "custom", "log"))
    client.command(["send", "custom.observed", {"next": 1}])
    while not any(each["data"].get("content") == {"next": 1} for each in stage.observations()):
        await client.quiet()
    await client.run(["reply", {"text": "goes on"}])


async def either(stage: Stage, *events: str) -> str:
    """The first of the events that happens."""
    client = stage.clients["a"]
    while True:
        for event in events:
            if stage.count(event):
                return event
        await client.quiet()


# -- order -------------------------------------------------------------------------------------------------


@shim_only("14")
async def order_within_a_socket(stage: Stage) -> None:
    """A held consumer makes the next message of the same socket wait."""
    client = await stage.open("a")
    other = await stage.open("b")
    client.command(["gate", stage.gate("g")], ["reply", {"text": "first"}])
    client.command(["reply", {"text": "second"}])
    await other.run(["reply", {"text": "does not wait"}])
    stage.release("g")
    assert await client.expect(2) == [{"text": "first"}, {"text": "second"}]


@shim_only("14")
async def receive_waits_for_connect(stage: Stage) -> None:
    client = await stage.open("a", f"/connect/held/{stage.gate('g')}", wait=None)
    assert await client.expect() == [{"text": "early"}]
    client.command(["reply", {"text": "received"}])
    stage.release("g")
    assert await client.expect(2) == [{"text": "late"}, {"text": "received"}]
    await stage.observed("connect")


@shim_only("14")
async def echo_in_order(stage: Stage) -> None:
    """Five sockets, 60 frames each in flight at once: all answers, in order."""
    clients = [await stage.open(f"c{number}") for number in range(5)]
    for number in range(60):
        for client in clients:
            client.command(["reply", {"text": str(number)}])
    for client in clients:
        assert await client.expect(60) == [{"text": str(number)} for number in range(60)]


@shim_only("14")
async def disconnect_comes_last(stage: Stage) -> None:
    """30 frames and a close at once: every receive runs, then disconnect, once."""
    client = await stage.open("a", "/contents")
    for number in range(30):
        client.send(str(number))
    await stage.close(client, 4001)
    events = [each["event"] for each in stage.observations()]
    assert events == ["connect"] + ["receive"] * 30 + ["disconnect"]
    orders = [each["data"]["content"]["order"] for each in stage.observations()]
    assert orders == list(range(32))


@shim_only("14")
async def disconnect_comes_last_after_a_cut(stage: Stage) -> None:
    """The same with a socket cut while a consumer is held: what was received is consumed first."""
    client = await stage.open("a", f"/connect/held/{stage.gate('g')}", wait=None)
    await client.expect()
    other = await stage.open("b")
    client.command(["observe", "receive"])
    # the frame is in the server before the cut, as the other socket's round trips came after it
    for _ in range(5):
        await other.quiet()
    client.cut()
    await other.quiet()
    stage.release("g")
    await stage.observed("disconnect")
    events = [each["event"] for each in stage.observations()]
    assert events == ["connect", "connect", "receive", "disconnect"]


# -- bursts ------------------------------------------------------------------------------------------------


async def burst(stage: Stage, close_at_once: bool) -> None:
    client = await stage.open("a", "/slow")
    other = await stage.open("b")
    for number in range(300):
        client.send(str(number))
    assert await other.run(["reply", {"text": "not slowed down"}]) == [{"text": "not slowed down"}]
    if close_at_once:
        await client.close(4001)
    else:
        assert await client.expect(300) == [{"text": str(number)} for number in range(300)]
        await client.close(4001)
    await stage.observed("disconnect")
    events = [each["event"] for each in stage.observations() if each["event"] in ("slow", "disconnect")]
    assert events == ["slow"] * 300 + ["disconnect"]


@shim_only("20")
async def burst_loses_nothing(stage: Stage) -> None:
    """300 frames for a consumer that takes its time: none lost, disconnect last and once."""
    await burst(stage, close_at_once=False)


@shim_only("20")
async def burst_and_close_loses_nothing(stage: Stage) -> None:
    """The same when the client closes behind the burst."""
    await burst(stage, close_at_once=True)


@shim_only("17")
async def many_replies_of_one_consumer(stage: Stage) -> None:
    """150 replies: all come in order, or ChannelFull says in the consumer where it ended; none lost silently."""
    client = await stage.open("a")
    client.command(*[["reply", {"text": str(number)}] for number in range(150)], ["observe", "all sent"])
    event = None
    while event is None:
        event = next((each for each in ("all sent", "log") if stage.count(each)), None)
        if event is None and not client.queue.empty():
            await client.expect()
        await stage.pause()
    if event == "log":
        assert "ChannelFull" in json.dumps([each["data"] for each in stage.observations()])
    await client.quiet()
    texts = [frame["text"] for frame in client.seen[1:]]
    assert texts == [str(number) for number in range(len(texts))]
    assert event == "log" or len(texts) == 150


@shim_only("17")
async def many_group_sends_of_one_consumer(stage: Stage) -> None:
    """150 group sends: what comes is in order and never twice; as many as a layer holds come for sure."""
    client, group = await stage.open("a"), stage.name("group")
    await client.run(["add", group])
    client.command(*[["group", group, {"text": str(number)}] for number in range(150)], ["observe", "all sent"])
    await stage.observed("all sent")
    await client.quiet()
    numbers = [int(frame["text"]) for frame in client.seen[1:]]
    assert numbers == sorted(set(numbers))
    assert numbers[:10] == list(range(10))


# -- requests ----------------------------------------------------------------------------------------------


@shim_only("23", project="http")
async def http_body_that_does_not_come(stage: Stage) -> None:
    """408, as the old stack meant it: making that response failed there, and the client waited for ever."""
    await stage.request("POST", "/body/slow/", body=b"a=1&b=2")
    ((_, _, status, _, _),) = stage.notes["responses"]
    assert status == 408
    await stage.observed("disconnect")
    assert errors(stage) == []


@shim_only("23", project="http")
async def http_view_that_leaves_the_answer_to_a_consumer(stage: Stage) -> None:
    """ResponseLater. From Django 1.10 on, the old stack sent an error page too; whichever came first counted."""
    await stage.request("GET", "/django/later/afterwards/")
    assert stage.notes["responses"] == [["GET", "/django/later/afterwards/", 200, [], "afterwards"]]
    await stage.observed("disconnect")
    assert errors(stage) == []
