#!/usr/bin/env python
"""Play a session with two scripted traders on a server that runs; what they see must be what is in transcript.txt."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from driver import NO_PROXY, PATIENCE, Client, Failure, Transcript  # noqa: E402

TRANSCRIPT = HERE / "transcript.txt"


class HiddenInputs(HTMLParser):
    """What a browser would send along with the visible fields of a form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.values[str(found["name"])] = found.get("value") or ""


class Browser:
    """Follows redirects, keeps cookies, remembers the page that it is on."""

    def __init__(self, server: str) -> None:
        self.server = server.rstrip("/")
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
        self.url = self.page = ""

    def get(self, path: str, data: bytes | None = None) -> str:
        try:
            with self.opener.open(urljoin(self.server, path), data, timeout=PATIENCE) as answer:
                self.url, self.page = answer.geturl(), answer.read().decode()
        except HTTPError as error:
            text = re.sub(r"\s*\n\s*", "\n", error.read().decode(errors="replace"))
            raise Failure("%s: %s\n%s" % (error.url, error, text[:3000])) from None
        return self.page

    def post(self, **fields: Any) -> None:
        self.get(self.url, urlencode({**HiddenInputs(self.page).values, **fields}).encode())

    def socket_address(self, path: str) -> str:
        return self.server.replace("http", "ws", 1) + path

    def socket_path(self, start: str) -> str:
        """The one that the page's script opens."""
        found = re.search(r'"(%s[^"]*)"' % re.escape(start), self.page)
        if found is None:
            raise Failure("%s opens no socket %s" % (self.url, start))
        return unescape(found.group(1))


class Lab(Browser):
    """The experimenter."""

    def create_session(self, name: str = "market") -> list[str]:
        """Start a demo session as its page does; returns the participants' links."""
        self.get("/demo/%s/" % name)
        if "/WaitUntilSessionCreated/" in self.url:  # oTree 2.2
            waiting = self.url
            self.ask_socket(self.socket_path("/wait_for_session/"))
            self.get(waiting)
        elif "/demo/" in self.url:
            answer = self.ask_socket("/create_demo_session/", {"session_config": name})
            if "session_url" not in answer:
                raise Failure("No session: %s" % answer)
            self.get(answer["session_url"])
        links = re.findall(r'href="([^"]*/InitializeParticipant/[^"]*)"', self.page)
        if len(links) != 2:
            raise Failure("%s has no links for two participants" % self.url)
        self.session_code = self.url.rstrip("/").rsplit("/", 1)[1]
        return links

    def ask_socket(self, path: str, content: Any = None) -> Any:
        with connect(self.socket_address(path), open_timeout=PATIENCE, **NO_PROXY) as socket:
            if content is not None:
                socket.send(json.dumps(content))
            return json.loads(socket.recv(timeout=PATIENCE))

    def data(self) -> Any:
        """All that the session has stored, once the consumers of all closed sockets are done."""
        end = time.monotonic() + PATIENCE
        while True:
            data = json.loads(self.get("/market_data/%s/" % self.session_code))
            listening = any(trader["listening"] for market in data["markets"] for trader in market["traders"])
            if not listening or time.monotonic() > end:
                return data


class Socket(Client):
    """What it notes is the same in every session and on every version: no ids in its path."""

    def _note(self, mark: str, what: str) -> None:
        super()._note(mark, what.split("/")[0] if mark == "opens" else what)


class Trader(Browser):
    """A participant: pages, and the sockets that the trading page opens."""

    def __init__(self, server: str, transcript: Transcript, name: str) -> None:
        super().__init__(server)
        self.transcript = transcript
        self.name = name

    def note(self, mark: str, what: str) -> None:
        self.transcript.note(self.name, "%-8s" % mark, what)

    @property
    def page_name(self) -> str:
        found = re.search(r"/p/\w+/market/(\w+)/\d+/", self.url)
        return found.group(1) if found else "the end" if "OutOfRange" in self.url else self.url

    def start(self, link: str) -> None:
        self.get(link)
        self.sees()

    def sees(self) -> None:
        self.note("sees", self.page_name)

    def submit(self, **fields: Any) -> None:
        self.note("submits", "%s %s" % (self.page_name, json.dumps(fields, sort_keys=True)))
        self.post(**fields)

    def has_to_wait(self) -> None:
        """On a wait page, whose script opens a socket."""
        self.sees()
        self.waiting = self.open("/wait_page/")

    def goes_on(self) -> None:
        """The wait page is told to go on."""
        self.waiting.receive()
        self.waiting.leave()
        self.get(self.url)
        self.sees()

    def open(self, start: str) -> Socket:
        who = self.name + {"/market_chat/": ", chat", "/wait_page/": ", wait"}.get(start, "")
        return Socket(self.transcript, who, self.socket_address(self.socket_path(start)))


def receive(count: int, *clients: Socket) -> None:
    for client in clients:
        for _ in range(count):
            client.receive()


def script(server: str, transcript: Transcript) -> None:
    lab = Lab(server)
    ann, ben = Trader(server, transcript, "Ann"), Trader(server, transcript, "Ben")
    for trader, link in zip((ann, ben), lab.create_session()):
        trader.start(link)

    ann.submit(age=17)
    ann.sees()
    ann.submit(age=34)
    ann.has_to_wait()
    ben.submit(age=20)
    ben.sees()
    ann.goes_on()

    # The sockets
    a = ann.open("/market/")
    receive(3, a)
    b = ben.open("/market/")
    receive(3, b)
    receive(1, a)
    ann_chat = ann.open("/market_chat/")
    receive(1, ann_chat)
    ann_chat.send({"text": "Anybody here?"})
    receive(1, ann_chat)
    ben_chat = ben.open("/market_chat/")
    receive(1, ben_chat)
    ben_chat.send({"text": "Grüße, 市場, 🚀"})
    receive(1, ann_chat, ben_chat)

    # The background task opens the market, and trade goes on while it runs.
    a.send({"type": "ready"})
    receive(1, a, b)
    b.send({"type": "ready"})
    receive(2, a, b)
    a.send({"type": "bid", "price": 15})
    receive(1, a, b)
    b.send({"type": "ask", "price": 25})
    receive(1, a, b)
    b.send({"type": "ask", "price": 14})
    receive(3, a, b)
    a.send({"type": "bid", "price": 1000})
    receive(1, a)
    a.send({"type": "quote", "price": 25})
    receive(1, a)
    b.send({"type": "cancel"})
    receive(1, a, b)

    # Ann's browser loads the page again.
    a.leave()
    receive(1, b)
    ann.get(ann.url)
    ann.sees()
    a = ann.open("/market/")
    receive(3, a)
    receive(1, b)
    lab.get("/market_announce/%s/?text=%s" % (ann.socket_path("/market/").split("/")[2], quote("Only 5 minutes!")))
    receive(1, a, b)
    b.send({"type": "bid", "price": 40})
    receive(1, a, b)
    a.send({"type": "ask", "price": 35})
    receive(3, a, b)
    ann_chat.leave()
    receive(1, ben_chat)

    b.send({"type": "stop"})
    receive(1, a, b)
    a.send({"type": "ask", "price": 1})
    receive(1, a)

    # Pages speak to the sockets too.
    ann.submit()
    receive(1, a, b)
    ann.has_to_wait()
    a.leave()
    receive(1, b)
    ben.submit()
    ben.sees()
    receive(2, b)
    b.leave()
    ben_chat.leave()
    ann.goes_on()

    for trader, comment in ((ann, "I bought & sold"), (ben, "")):
        result = re.search(r'<p id="result">\s*(.*?)\s*</p>(.*beer)?', trader.page, re.S)
        trader.note("reads", "%s%s" % (result.group(1), " (beer)" if result.group(2) else "") if result else "?")
        trader.submit(comment=comment)
        trader.sees()

    data = lab.data()
    for market in data["markets"]:
        for name, value in sorted(market.items()):
            for line in value if isinstance(value, list) else [value]:
                transcript.note("stored", name, json.dumps(line, sort_keys=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", nargs="?", default="http://127.0.0.1:8000", help="default: %(default)s")
    parser.add_argument("--record", action="store_true", help="write transcript.txt instead")
    options = parser.parse_args()
    transcript = Transcript()
    try:
        script(options.server, transcript)
        if options.record:
            TRANSCRIPT.write_text("\n".join(transcript.lines) + "\n", "utf-8")
        else:
            transcript.compare(TRANSCRIPT.read_text("utf-8"))
    except (Failure, OSError, EOFError, WebSocketException) as failure:
        print("FAILED. %s: %s" % (type(failure).__name__, failure))
        return 1
    print("As expected: %d lines." % len(transcript.lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
