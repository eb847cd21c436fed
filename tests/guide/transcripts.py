"""Plays what a page says that clients do, and compares what they get."""

from __future__ import annotations

import asyncio
import json
import re

from conformance.client import DEADLINE, Browser, Client, Frame, http_request

from .projects import Project

LINE = re.compile(r"^(?P<who>\w+) (?P<verb>opens|gets|closes|is closed|is refused|signs in|>|<)(?: (?P<what>.*))?$")


class Visitor:
    """Somebody with a browser: cookies, and one socket."""

    def __init__(self, name: str, project: Project) -> None:
        self.name = name
        self.project = project
        self.browser = Browser()
        self.socket: Client | None = None
        self.pages: list[str] = []

    async def page(self, path: str) -> str:
        status, headers, body = await http_request(self.project.port, "GET", path, self.browser.headers())
        self.browser.take(headers)
        return f"{status} {body.decode()}"

    async def opens(self, path: str) -> None:
        """Open a socket and wait until its connect consumer has run."""
        assert self.socket is None or self.socket.ended or self.socket.closing, f"{self.name} has a socket"
        self.socket = Client(self.name, self.project.port)
        before = self.project.count("websocket.connect")
        try:
            await self.socket.open(path, self.browser.headers())
        except ConnectionError:
            # How the servers of channels 2 refuse.
            self.socket.ended = True
            self.socket.queue.put_nowait({"refused": None})
        end = asyncio.get_running_loop().time() + DEADLINE
        while not self.socket.ended and self.project.count("websocket.connect") == before:
            assert asyncio.get_running_loop().time() < end, "the connect consumer did not run"
            await asyncio.sleep(0.02)

    async def frame(self) -> Frame:
        assert self.socket is not None, f"{self.name} has no socket"
        (frame,) = await self.socket.expect()
        return frame


def shown(frame: Frame) -> str:
    """A frame as a transcript has it."""
    if "text" in frame:
        return f"< {frame['text']}"
    if "binary" in frame:
        return f"< bytes {frame['binary']}"
    if "closed" in frame:
        return f"is closed {frame['closed']}"
    return "is refused"


def same(expected: str, got: str) -> bool:
    """JSON may differ in spaces and order; a close without a number stands for any."""
    if expected == "is closed":
        return got.startswith("is closed")
    try:
        return bool(json.loads(expected[2:]) == json.loads(got[2:]))
    except ValueError:
        return expected == got


async def play(project: Project, lines: list[str]) -> None:
    """Do what the lines say.

    Raises:
        AssertionError: a client got something else, or something more.
    """
    visitors: dict[str, Visitor] = {}
    try:
        for number, line in enumerate(lines, 1):
            found = LINE.match(line)
            assert found, f"not a line of a transcript: {line}"
            visitor = visitors.setdefault(found["who"], Visitor(found["who"], project))
            verb, what = found["verb"], found["what"] or ""
            try:
                if verb == "opens":
                    await visitor.opens(what)
                elif verb == "signs in":
                    assert (await visitor.page(f"/guide/sign-in/{visitor.name}/")).startswith("200")
                elif verb == "gets":
                    visitor.pages.append(await visitor.page(what))
                elif verb == "<" and visitor.pages:
                    got = f"< {visitor.pages.pop(0)}"
                    assert same(line.partition(" ")[2], got), f"got: {visitor.name} {got}"
                elif verb in (">", "closes"):
                    assert visitor.socket is not None, f"{visitor.name} has no socket"
                    if verb == "closes":
                        await visitor.socket.close(int(what or 1000))
                    else:
                        visitor.socket.send(bytes.fromhex(what[6:]) if what.startswith("bytes ") else what)
                else:
                    got = shown(await visitor.frame())
                    assert same(line.partition(" ")[2], got), f"got: {visitor.name} {got}"
            except AssertionError as error:
                raise AssertionError(f"line {number} of the transcript: {line}\n{error}") from None
        for visitor in visitors.values():
            if visitor.socket is not None:
                await visitor.socket.close()
                left = [shown(frame) for frame in iter_queue(visitor.socket)]
                assert not left, f"after the transcript: {visitor.name} {left}"
    finally:
        for visitor in visitors.values():
            if visitor.socket is not None:
                visitor.socket.abandon()


def iter_queue(socket: Client) -> list[Frame]:
    return [socket.queue.get_nowait() for _ in range(socket.queue.qsize())]
