"""What messages hold, key by key and type by type (section 1.1)."""

import asyncio
import json

from ..scenario import Stage, scenario


@scenario("1.1")
async def contents_plain(stage: Stage) -> None:
    """Connect, text, binary, empty frames, disconnect."""
    client = await stage.open("a", "/contents")
    for data in ("hello text é", b"\x00\xff\x01bin", "", b"", "後", "\x00"):
        client.send(data)
        await client.text()
    await stage.close(client, 4001)


@scenario("1.1")
async def contents_path_and_query(stage: Stage) -> None:
    client = await stage.open("a", "/contents/a%20b%C3%A9/?x=1&y=a%20b&z=%C3%A9&accept=1")
    client.send("x")
    await client.text()
    await stage.close(client)


PATHS = [
    "/address/%2Fslash%2f",
    "/address/plus+sign",
    "/address/bad%FFutf8",
    "/address/percent%",
    "/address/%25",
    "/address/%zz",
    "/address//double//",
    "/address/a;b=c",
    "/address/..%2f../up/../x",
    "/address/nul%00",
    "/address/newline%0a",
    "/address/~tilde!$&'()*,:@",
]


@scenario("1.1")
async def contents_paths(stage: Stage) -> None:
    """How odd paths are decoded."""
    for path in PATHS:
        client = await stage.open(path, path)
        client.send("x")
        await stage.observed("receive")
        await stage.close(client)


QUERIES = [
    "a=1&b=2",
    "b=2&a=1",
    "a=1&a=2",
    "a=1&b=2&a=3",
    "a=",
    "a",
    "a&b",
    "=x",
    "a==b",
    "a=1&&b=2",
    "a=1;b=2",
    "a+b=c+d",
    "a%20b=c%20d",
    "a=%2B",
    "a=%26b%3D1",
    "a=%25",
    "a=%25zz",
    "a=%",
    "a=%zz",
    "a=%FF",
    "a=%C3%A9",
    "%C3%A9=1",
    "a=%E2%82",
    "a=/path?x",
    "a=b:c@d!$'()*,~-_.",
    "a=%00",
    "a=%0a",
    "token=abc.def-ghi_jkl&next=%2Fhome%3Fx%3D1",
    "room=%7B%22a%22%3A1%7D",
    "?",
    "a[]=1&a[]=2",
    "a=%c3%a9",
    "&",
    "A=1&a=2",
    "",
]


@scenario("1.1")
async def contents_query_strings(stage: Stage) -> None:
    """How query strings are rebuilt."""
    for query in QUERIES:
        client = await stage.open("?" + query, f"/address?{query}")
        await stage.close(client)


@scenario("1.1")
async def contents_headers(stage: Stage) -> None:
    """Merged, lower-cased, without the ones that have an underscore."""
    await stage.open(
        "a",
        "/contents",
        headers=[
            ("Origin", "http://o.example"),
            ("Cookie", "a=b; c=d"),
            ("X-Dup", "a"),
            ("X-Dup", "b"),
            ("X_Under_Score", "dropped"),
            ("X-MiXeD-CaSe", "Value Kept"),
            ("X-Empty", ""),
            ("X-Comma", "a, b"),
            ("X-Spaces", "a  b"),
        ],
    )


@scenario("1.1")
async def contents_two_sockets(stage: Stage) -> None:
    """Two sockets on one path have reply channels and orders of their own."""
    first = await stage.open("first", "/contents")
    second = await stage.open("second", "/contents")
    for client in (first, second, second, first):
        client.send("x")
        await client.text()
    await stage.close(second)
    await stage.close(first)


@scenario("1.1, disconnect")
async def disconnect_codes(stage: Stage) -> None:
    """The code of a close frame, or None without one, or 1006."""
    for number, code in enumerate((1000, 1001, 3000, 4001, 4999, None)):
        client = await stage.open(f"code {number}")
        await stage.close(client, code)
    client = await stage.open("server close")
    client.command(["reply", {"close": True}])
    await client.expect()
    await stage.observed("disconnect")
    client = await stage.open("reset")
    client.cut()
    await stage.observed("disconnect")
    client = await stage.open("hang up")
    client.hang_up()
    await stage.observed("disconnect")


@scenario("1.1, disconnect")
async def disconnect_after_invalid_utf8(stage: Stage) -> None:
    """A protocol error ends the socket; its code is the server's own, the consumer sees 1006."""
    client = await stage.open("bad utf8")
    client.send_raw(1, b"abc\xff\xfe")
    await stage.observed("disconnect")
    client.closing = True
    await asyncio.wait_for(client.wait_ended(), 10)
    client.seen = [frame for frame in client.seen if "closed" not in frame]


@scenario("1.1, disconnect")
async def disconnect_counts_frames(stage: Stage) -> None:
    """`order` of disconnect is the number of frames + 1, also when the socket was cut."""
    for number in range(3):
        client = await stage.open(f"c{number}", "/contents")
        for _ in range(number):
            client.send("x")
            await client.text()
        if number == 2:
            client.cut()
            await stage.observed("disconnect")
        else:
            await stage.close(client)


@scenario("1.1, Message API")
async def message_api(stage: Stage) -> None:
    client = await stage.open("a", "/calls/message_api")
    client.send(stage.unique)
    stage.note("calls", json.loads(await client.text()))
    client.seen = client.seen[:-1]
