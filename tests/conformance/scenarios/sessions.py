"""Sessions: of reply channels and of browsers, and the order that they keep."""

from typing import Any

from ..client import Browser, Client
from ..scenario import Stage, scenario


async def say(stage: Stage, client: Client, *operations: list[Any]) -> None:
    """Run operations and wait until their session has been saved."""
    client.command(*operations)
    await stage.observed("done")


def put(key: str, value: Any) -> list[Any]:
    return ["channel_session", "__setitem__", key, value]


# -- of reply channels ---------------------------------------------------------------------------------------


@scenario("sessions", project="sessions")
async def session_keeps_values(stage: Stage) -> None:
    """From message to message up to disconnect; every socket has its own."""
    a, b = await stage.open("a", "/plain"), await stage.open("b", "/plain")
    await say(stage, a, put("word", "é"), put("list", [1, None, {"a": 2.5}]), ["look"])
    await say(stage, b, ["look"], put("word", "b's"))
    await say(stage, a, ["look"])
    await say(stage, a, ["channel_session", "pop", "word"], ["channel_session", "setdefault", "other", 5])
    await stage.close(b)
    await say(stage, a, ["look"])


@scenario("sessions", project="sessions")
async def session_modified(stage: Stage) -> None:
    """Only what the session notices is saved."""
    client = await stage.open("a", "/plain")
    await say(stage, client, put("list", [1]), ["look"])
    await say(stage, client, ["look"], ["channel_session", "append", "list", 2], ["look"])
    await say(stage, client, ["look"], ["channel_session", "append", "list", 3], ["channel_session", "modified"])
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def session_methods(stage: Stage) -> None:
    """What Django's sessions can do besides."""
    client = await stage.open("a", "/plain")
    for operation in (
        ["update", {"a": 1, "b": 2}], ["has_key", "a"], ["__contains__", "c"], ["get", "c", "default"],
        ["is_empty"], ["set_expiry", 600], ["get_expiry_age"], ["clear"], ["is_empty"],
    ):
        await say(stage, client, ["channel_session", *operation], ["look"])


@scenario("sessions", project="sessions")
async def session_flushed(stage: Stage) -> None:
    client = await stage.open("a", "/plain")
    await say(stage, client, put("word", "x"))
    await say(stage, client, ["channel_session", "flush"])
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def session_moved(stage: Stage) -> None:
    """flush() and cycle_key() move a session to a new key, under which the old stack lost it."""
    client = await stage.open("a", "/plain")
    await say(stage, client, put("word", "x"), ["channel_session", "cycle_key"])
    await say(stage, client, ["look"], ["channel_session", "flush"], put("word", "y"))


@scenario("sessions, 15", project="sessions")
async def session_is_saved_after_an_error(stage: Stage) -> None:
    client = await stage.open("a", "/plain")
    await say(stage, client, put("word", "before"), ["raise", "RuntimeError", "no"])
    await stage.observed("log")
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def session_of_a_stored_reply_channel(stage: Stage) -> None:
    """A page finds a socket's session by the reply channel's name, and leaves something there."""
    client = await stage.open("a", "/plain")
    await say(stage, client, put("word", "x"))
    await say(stage, client, ["name"])
    name = next(each["data"]["reply"] for each in stage.observations() if each["event"] == "name")
    await stage.get("/of_channel/", name=name)
    await say(stage, client, ["look"])


@scenario("sessions, custom", project="sessions")
async def session_on_custom_channels(stage: Stage) -> None:
    """A message that hands on the reply channel hands on its session; without it, it is an error."""
    client = await stage.open("a", "/plain")
    await say(stage, client, put("word", "x"))
    await say(stage, client, ["hand on", "custom.session", {}])
    await stage.observed("custom")
    await say(stage, client, ["look"])
    await say(stage, client, ["hand on", "custom.session", {"reply_channel": None}])
    await stage.observed("log")


@scenario("sessions", project="sessions")
async def session_engines(stage: Stage) -> None:
    """CHANNEL_SESSION_ENGINE."""
    for engine in ("db", "cache", "cached_db", "file"):
        client = await stage.open(engine, f"/engine/{engine}")
        await say(stage, client, ["look"], put("engine", [engine]))
        await say(stage, client, ["channel_session", "append", "engine", "not saved"])
        await say(stage, client, ["look"])
        await stage.close(client)


@scenario("sessions", project="sessions")
async def session_engine_of_signed_cookies(stage: Stage) -> None:
    """Refused: a socket cannot set cookies."""
    await stage.open("a", "/engine/signed_cookies")


# -- of browsers ---------------------------------------------------------------------------------------------


async def visitor(stage: Stage, **values: str) -> Browser:
    """A browser with a session that has these values."""
    browser = Browser()
    await stage.get("/put/", browser, **values)
    return browser


@scenario("sessions", project="sessions")
async def http_session_found(stage: Stage) -> None:
    """By cookie or by session_key in the query string, which goes first."""
    ann, bob = await visitor(stage, who="ann"), await visitor(stage, who="bob")
    keys = {"ann": ann.cookies["visit"], "bob": bob.cookies["visit"]}
    quoted = [("Cookie", f'first=1; visit="{keys["ann"]}"; last="a b"')]
    for name, query, headers in (
        ("cookie", "", ann.headers()),
        ("query", f"?session_key={keys['bob']}&x=1", []),
        ("both", f"?session_key={keys['bob']}", ann.headers()),
        ("twice", f"?session_key={keys['bob']}&session_key={keys['ann']}", []),
        ("quoted", "", quoted),
        ("two", "", [("Cookie", f"visit={keys['ann']}; visit={keys['bob']}")]),
    ):
        await stage.close(await stage.open(name, f"/http{query}", headers))


@scenario("sessions", project="sessions")
async def http_session_not_found(stage: Stage) -> None:
    """None without a key; an empty session with a key that leads nowhere."""
    ann = await visitor(stage, who="ann")
    for name, query, headers in (
        ("nothing", "", []),
        ("empty query goes first", "?session_key=", ann.headers()),
        ("empty cookie", "", [("Cookie", "visit=")]),
        ("other cookie", "", [("Cookie", "sessionid=0123456789abcdef0123456789abcdef")]),
        ("no such key", "", [("Cookie", "visit=0123456789abcdef0123456789abcdef")]),
        ("short key", "?session_key=short", []),
        ("odd key", "?session_key=%C3%A9%00../../x", []),
    ):
        await stage.close(await stage.open(name, f"/http{query}", headers))


@scenario("sessions", project="sessions")
async def http_session_expired(stage: Stage) -> None:
    ann = await visitor(stage, who="ann")
    headers = ann.headers()
    await stage.get("/expire/", ann)
    await stage.open("a", "/http", headers)


@scenario("sessions", project="sessions")
async def http_session_after_connect(stage: Stage) -> None:
    """Frames bring no cookies: None."""
    ann = await visitor(stage, who="ann")
    client = await stage.open("a", "/http", ann.headers())
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def both_sessions(stage: Stage) -> None:
    """The reply channel's remembers the key of the browser's; a change after connect is not saved by itself."""
    ann = await visitor(stage, who="ann")
    client = await stage.open("a", "/both", ann.headers())
    await say(stage, client, ["look"], put("mine", 1), ["http_session", "__setitem__", "who", "changed"])
    await stage.get("/show/", ann)
    await say(stage, client, ["http_session", "__setitem__", "who", "saved"], ["http_session", "save"])
    await stage.get("/show/", ann)
    await stage.get("/put/", ann, who="page")
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def both_sessions_of_a_stranger(stage: Stage) -> None:
    client = await stage.open("a", "/both")
    await say(stage, client, ["look"])


@scenario("sessions", project="sessions")
async def both_sessions_by_two_decorators(stage: Stage) -> None:
    """http_session and channel_session one above the other remember nothing."""
    ann = await visitor(stage, who="ann")
    client = await stage.open("a", "/twice", ann.headers())
    await say(stage, client, ["look"])


@scenario("sessions, 23", project="sessions")
async def http_session_of_a_request(stage: Stage) -> None:
    """An http.request consumer writes into the session, which pages then see."""
    ann = await visitor(stage, who="ann")
    await stage.request("GET", "/request/", ann.headers())
    await stage.observed("done")
    await stage.get("/show/", ann)


# -- order ---------------------------------------------------------------------------------------------------


# In the old stack a consumer that ends saves what it knew of the session over what the next one has saved meanwhile:
# here the next one is held at a gate until then.


def order_on_a_socket(kind: str) -> None:
    """A frame that comes while connect runs has to wait for its end."""

    async def script(stage: Stage) -> None:
        other = await stage.open("other", "/plain")
        client = await stage.open("a", f"/{kind}?gate={stage.gate('connect')}", wait="held")
        client.send(stage.gate("early"))
        # round trips of another socket: on the old stack "early" has been looked at by now, and set aside
        for _ in range(3):
            await say(stage, other)
        stage.release("connect")
        await stage.observed("connect")
        for text in ("early", "second", "third"):
            stage.release(text)
            if text != "early":
                client.send(stage.gate(text))
            await stage.observed("done")

    script.__name__ = f"session_order_{kind}"
    script.__doc__ = order_on_a_socket.__doc__
    scenario("sessions, 14", project="sessions")(script)


order_on_a_socket("strict")
order_on_a_socket("slight")


async def hand_on(stage: Stage, client: Client, channel: str, order: Any, **more: Any) -> None:
    """A message with this number, which is run or set aside."""
    gate = stage.gate(f"order {order}")
    await say(stage, client, ["hand on", channel, {"order": order, "gate": gate, **more}])
    await stage.observed("looked at")


async def let_run(stage: Stage, client: Client, channel: str, *orders: Any) -> None:
    """Messages whose turn it is."""
    for order in orders:
        stage.release(f"order {order}")
        await hand_on(stage, client, channel, order)


async def brought_back(stage: Stage, order: Any) -> None:
    """The message that was set aside runs after all."""
    stage.release(f"order {order}")
    await stage.observed("looked at")


@scenario("sessions, 14, custom", project="sessions")
async def session_order_strict_by_hand(stage: Stage) -> None:
    """Any channel can be ordered, if its messages have numbers: each waits for the one before."""
    client, channel = await stage.open("a", "/plain"), "custom.strict"
    for later, first in ((1, 0), (3, "2")):
        await hand_on(stage, client, channel, later)
        await let_run(stage, client, channel, first)
        await brought_back(stage, later)
    # too late, and too early
    await hand_on(stage, client, channel, 2)
    await hand_on(stage, client, channel, 7)
    await say(stage, client, ["look"])


@scenario("sessions, 14, custom", project="sessions")
async def session_order_slight_by_hand(stage: Stage) -> None:
    """All wait for the first; then they come as they come."""
    client, channel = await stage.open("a", "/plain"), "custom.slight"
    await hand_on(stage, client, channel, 5)
    await let_run(stage, client, channel, 0)
    await brought_back(stage, 5)
    await let_run(stage, client, channel, 3, 0, 9, 1)
    await say(stage, client, ["look"])


@scenario("sessions, 15, custom", project="sessions")
async def session_order_after_an_error(stage: Stage) -> None:
    """Whose turn it was fails: the next one waits until it is sent again."""
    client = await stage.open("a", "/plain")
    stage.release("order 0")
    await hand_on(stage, client, "custom.strict", 0, **{"raise": True})
    await stage.observed("log")
    await hand_on(stage, client, "custom.strict", 1)
    await let_run(stage, client, "custom.strict", 0)
    await brought_back(stage, 1)


@scenario("sessions, custom", project="sessions")
async def session_order_without_numbers(stage: Stage) -> None:
    """No `order`, or no reply channel."""
    client = await stage.open("a", "/plain")
    await say(stage, client, ["hand on", "custom.strict", {}])
    await stage.observed("log")
    await say(stage, client, ["hand on", "custom.slight", {"order": 0, "reply_channel": None}])
    await stage.observed("log")


@scenario("sessions, 17", project="sessions", layers=("memory",))
async def session_order_too_many_wait(stage: Stage) -> None:
    """Ten wait; the eleventh is an error."""
    client = await stage.open("a", "/plain")
    # the error names the reply channel
    await say(stage, client, ["name"])
    for order in range(1, 12):
        await hand_on(stage, client, "custom.strict", order)
    await stage.observed("log")
