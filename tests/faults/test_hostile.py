"""Clients that break the rules, or want what is not theirs."""

from __future__ import annotations

import asyncio
import json
from typing import Callable

import pytest
from conformance.client import Browser, Client, http_request

from .site import Site, answered

DEEP = 100_000


def frame(*raw: int) -> Callable[[Client], None]:
    return lambda client: client.writer.write(bytes(raw))


def masked(opcode: int, payload: bytes) -> Callable[[Client], None]:
    return lambda client: client.send_raw(opcode, payload)


def text(content: str) -> Callable[[Client], None]:
    return lambda client: client.send(content)


# What a client does on an open socket, and where.
FRAMES: dict[str, tuple[str, Callable[[Client], None]]] = {
    "text that is no UTF-8": ("/", masked(1, b"\xff\xfe\xfd")),
    "half a character": ("/", masked(1, b"\xe2\x82")),
    "an opcode that does not exist": ("/", masked(0xB, b"x")),
    "a continuation of nothing": ("/", masked(0, b"x")),
    "a close code that does not exist": ("/", masked(8, b"\x00\x01")),
    "a frame without a mask": ("/", frame(0x81, 1, 0x61)),
    "reserved bits": ("/", frame(0xF1, 0x80, 0, 0, 0, 0)),
    "an exabyte": ("/", frame(0x81, 0xFF, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    "zeros": ("/", text("echo " + "\0" * 60_000)),
    "half a pair of surrogates": ("/", text(json.dumps([["reply", {"text": "\ud800"}]]))),
    "half a pair of surrogates for all": ("/", text(json.dumps([["group", "everybody", {"text": "\ud800"}]]))),
    "a channel that is not its own": ("/", text(json.dumps([["send", "websocket.send!AbCdEfGhIjKl", {"text": "x"}]]))),
    "our own marks": ("/", text(json.dumps([["reply", {"type": "compat.ended", "compat.fence": 10**9}]]))),
    "our own marks, to all": ("/", text('[["group", "everybody", {"compat.content": 1, "compat.items": []}]]')),
    "a type of its own": ("/", text(json.dumps([["group", "everybody", {"type": "websocket.close", "code": 1}]]))),
    "deep JSON": ("/json", text("[" * DEEP + "]" * DEEP)),
    "deep JSON without an end": ("/json", text('{"a":' * DEEP)),
    "a number of many digits": ("/json", text("9" * 50_000)),
    "no JSON": ("/json", text("\N{ZERO WIDTH NO-BREAK SPACE}{'a'}")),
    "bytes for JSON": ("/json", lambda client: client.send(b"\x00\xff")),
}
# Others get what was sent to all, and this closes them: a consumer that passes on what clients say asks for it.
CLOSES_ALL = "a type of its own"

HANDSHAKE = {
    "Host": "example.com",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}

# The first line of a handshake, and its headers that are not as usual.
HANDSHAKES: dict[str, tuple[str, dict[str, str]]] = {
    "a path that is no UTF-8": ("GET /%ff%fe%c3 HTTP/1.1", {}),
    "a path with a zero": ("GET /%00%0d%0a HTTP/1.1", {}),
    "a path full of dots": ("GET /../../..//etc/passwd HTTP/1.1", {}),
    "an address as path": ("GET http://[::1/ HTTP/1.1", {}),
    "a query string of nonsense": ("GET /?%ff=%zz&&;;=&a%00=%c3%28&=" + "x=1&" * 2000 + " HTTP/1.1", {}),
    "a long path": ("GET /" + "a" * 100_000 + " HTTP/1.1", {}),
    "a giant header": ("GET / HTTP/1.1", {"X-Large": "x" * 1_000_000}),
    "many headers": ("GET / HTTP/1.1", {f"X-{number}": "x" for number in range(5000)}),
    "a header that is no ASCII": ("GET / HTTP/1.1", {"X-Name": "\xff\xfe", "Cookie": "visit=\xff; \xe9=\xe8"}),
    "an origin that is none": ("GET / HTTP/1.1", {"Origin": "http://["}),
    "another version": ("GET / HTTP/1.1", {"Sec-WebSocket-Version": "99"}),
    "no key": ("GET / HTTP/1.1", {"Sec-WebSocket-Key": ""}),
    "wrong subprotocols": ("GET / HTTP/1.1", {"Sec-WebSocket-Protocol": ",, a b,\x7f," + "p," * 1000}),
    "wrong extensions": ("GET / HTTP/1.1", {"Sec-WebSocket-Extensions": "permessage-deflate; x_window_bits=99"}),
    "a body": ("POST / HTTP/1.1", {"Content-Length": "99999999999999999999"}),
    "another HTTP": ("GET / HTTP/9.9", {}),
    "no HTTP at all": ("\x16\x03\x01\x02\x00", {}),
}


@pytest.mark.every_stack
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_clients_that_break_the_rules(make_site: Callable[..., Site], server: str) -> None:
    site = make_site(CHANNELS_COMPAT={"ALLOWED_ORIGINS": ["*"]})
    port = site.web(server)

    async def attacks() -> None:
        (bystander,) = await site.clients_on(port)
        for path, attack in FRAMES.values():
            attacker = await site.client(port, path)
            attack(attacker)
            if attack is FRAMES[CLOSES_ALL][1]:
                await bystander.wait_ended()
                (bystander,) = await site.clients_on(port)
            await answered(bystander, "echo hello")
            attacker.abandon()
        for line, headers in HANDSHAKES.values():
            await shake_hands(port, line, {**HANDSHAKE, **headers})
            await answered(bystander, "echo hello")

    site.run(attacks)


async def shake_hands(port: int, line: str, headers: dict[str, str]) -> None:
    """Ask, and look at the beginning of the answer, if one comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    try:
        writer.write("\r\n".join(lines).encode("latin-1"))
        await asyncio.wait_for(reader.read(1), 1)
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.transport.abort()


@pytest.mark.every_stack
def test_nobody_gets_what_is_another_s(site: Site) -> None:
    port = site.web("daphne")

    async def scenario() -> None:
        anna, ben = Browser(), Browser()
        for browser, name in ((anna, "anna"), (ben, "ben")):
            status, headers, _ = await http_request(port, "GET", f"/log-in/{name}/")
            assert status == 200
            browser.take(headers)
        chosen = [("Cookie", "visit=chosenbyattacker0000000000000000")]
        of_anna = await site.client(port, "/user", headers=anna.headers())
        of_ben = await site.client(port, "/user", headers=ben.headers())
        fixed = await site.client(port, "/user", headers=chosen)
        again = await site.client(port, "/user", headers=chosen)

        await answered(of_anna, "keep secret", "anna keep secret")
        await answered(fixed, "keep mine", "nobody keep mine")
        # Neither the session of another socket, nor that of another with the same cookie.
        await answered(of_ben, "hello", "ben nothing")
        await answered(again, "hello", "nobody nothing")
        status, _, _ = await http_request(port, "GET", "/log-in/anna/", headers=chosen)
        late = await site.client(port, "/user", headers=chosen)
        await answered(late, "hello", "nobody nothing")

        # The name of a reply channel is in no frame of its own accord, and what a frame says is not believed.
        victim, attacker = await site.clients_on(port, each=2)
        victim.send(json.dumps([["name"]]))
        name = await victim.text()
        attacker.send(json.dumps({"reply_channel": name, "text": "echo forged"}))
        other = await site.client(port, "/json")
        other.send(json.dumps({"reply_channel": name}))
        assert json.loads(await other.text()) == {"type": "dict"}
        await answered(victim, "echo only mine")
        assert [each for each in victim.seen if each == {"text": "forged"}] == []

    site.run(scenario)


@pytest.mark.every_stack
def test_what_is_in_redis_can_be_encrypted(make_site: Callable[..., Site]) -> None:
    encrypted = {"symmetric_encryption_keys": ["a key of the test"]}
    site = make_site(layer=encrypted, CHANNELS_COMPAT={"WORKER_CHANNELS": ["work"]})
    port = site.web("daphne")

    async def scenario() -> None:
        (client,) = await site.clients_on(port)
        await answered(client, "group everybody to all", "to all")
        client.send("work confidential")
        await answered(client, "echo it is sent")
        (key,) = [line for line in site.redis.lines("KEYS", "faults:work") if line.startswith(b"faults:")]
        command = ("LRANGE",) if b"list" in b"".join(site.redis.lines("TYPE", key.decode())) else ("ZRANGE",)
        stored = b"".join(site.redis.lines(*command, key.decode(), "0", "-1"))
        assert len(stored) > len("confidential")
        assert b"confidential" not in stored
        site.worker()
        assert await client.text() == "confidential"

    site.run(scenario)


@pytest.mark.every_stack
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_pages_of_other_sites(make_site: Callable[..., Site], server: str) -> None:
    site = make_site(CHANNELS_COMPAT={"ALLOWED_ORIGINS": True}, ALLOWED_HOSTS=["127.0.0.1"])
    port = site.web(server)

    async def scenario() -> None:
        welcome = await site.client(port, headers=[("Origin", f"http://127.0.0.1:{port}")])
        for origin in ("http://evil.example", "null", f"http://127.0.0.1.evil.example:{port}"):
            refused = await site.client(port, headers=[("Origin", origin)])
            assert refused.seen == [{"refused": 403}], origin
        await answered(welcome, "echo hello")
        assert site.events("disconnect") == []

    site.run(scenario)
