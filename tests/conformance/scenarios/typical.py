"""What most projects of 2016 did; tests/rewriter holds the rewritten project to the same records."""

import json

from ..client import Browser
from ..scenario import Stage, scenario


@scenario("typical", project="typical")
async def typical_chat(stage: Stage) -> None:
    """A chat with names and counts in the session."""
    room = stage.name("room")
    a = await stage.open("a", f"/chat/{room}/")
    await a.expect()
    b = await stage.open("b", f"/chat/{room}/")
    await a.expect()
    await b.expect()
    a.send(json.dumps({"nick": "Ann"}))
    await a.expect()
    for text in ("hello", "é"):
        a.send(json.dumps({"text": text}))
        await a.expect()
        await b.expect()
    b.send(json.dumps({"text": "who?"}))
    await a.expect()
    await b.expect()
    await stage.get("/publish/", group=f"chat-{room}", text="from a view")
    await a.expect()
    await b.expect()
    a.send(json.dumps({"close": True}))
    await a.wait_ended()
    await stage.observed("disconnect")
    await b.expect()
    await stage.close(b, 4001)


@scenario("typical", project="typical")
async def typical_echo(stage: Stage) -> None:
    """Answers, bytes, names, and the order of answers and groups."""
    word = stage.name("word")
    a = await stage.open("a", f"/more/echo/{word}?x=1&x=2&y=%C3%A9")
    a.send("text")
    await a.expect()
    a.send(b"\x00\xff")
    await a.expect()
    a.send("name")
    await a.expect()
    a.send("group first")
    await a.expect(7)
    a.send("reply first")
    await a.expect(2)
    a.send("nothing")
    await a.expect()
    a.send("last words")
    await a.expect()
    await a.wait_ended()
    await stage.observed("disconnect")


@scenario("typical", project="typical")
async def typical_board(stage: Stage) -> None:
    """A JSON consumer class with groups of its own."""
    board = stage.name("board")
    a = await stage.open("a", f"/board/{board}")
    await a.expect()
    b = await stage.open("b", f"/board/{board}")
    await b.expect()
    a.send(json.dumps({"all": [1, None]}))
    await a.expect()
    await b.expect()
    a.send(json.dumps("both"))
    await a.expect(2)
    await b.expect()
    b.send(json.dumps({"x": "é"}))
    await b.expect()
    b.send(json.dumps("close"))
    await b.expect()
    await b.wait_ended()
    await stage.observed("disconnect")
    await a.expect()


@scenario("typical", project="typical")
async def typical_ticker(stage: Stage) -> None:
    """A consumer class whose group is a class attribute."""
    a = await stage.open("a", "/ticker")
    b = await stage.open("b", "/ticker/anything")
    a.send("one")
    await a.expect()
    await b.expect()
    b.send(b"\x01")
    await b.expect()
    a.send("end")
    await a.wait_ended()
    await stage.observed("disconnect")
    b.send("two")
    await b.expect()


@scenario("typical", project="typical")
async def typical_plain(stage: Stage) -> None:
    """Groups and answers, and nothing else."""
    path = "/plain/" + stage.name("room")
    a = await stage.open("a", path, wait=None)
    await a.expect()
    b = await stage.open("b", path, wait=None)
    await a.expect()
    await b.expect()
    b.send(json.dumps({"all": "x", "é": 1}))
    await b.expect(2)
    await a.expect()
    a.send(json.dumps({"numbers": [1, 2, 3]}))
    await a.expect(3)
    a.send(json.dumps({"q": 1, "p": 2}))
    await a.expect()
    await stage.close(b, wait=None)
    await a.expect()
    await stage.close(a, wait=None)


@scenario("typical", project="typical")
async def typical_visits(stage: Stage) -> None:
    """The browser's session, where there is one; routes in a dict."""
    browser = Browser()
    await stage.get("/visit/", browser, number="3")
    for name, headers in {"a visitor": browser.headers(), "nobody": []}.items():
        client = await stage.open(name, "/visits", headers)
        await client.expect()
        await stage.close(client)


@scenario("typical", project="typical")
async def typical_words(stage: Stage) -> None:
    """A class with raw_ methods, which keeps something for one message, under two paths."""
    room = stage.name("room")
    a, b = await stage.open("a", f"/words/{room}"), await stage.open("b", f"/the-same-words/{room}")
    a.send("one")
    await a.expect()
    b.send("one two")
    await a.expect()
    await b.expect()
    b.send(b"\x00")
    await b.expect()
    await stage.close(a)
    b.send("two words")
    await b.expect()
