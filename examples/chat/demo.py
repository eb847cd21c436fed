#!/usr/bin/env python
"""Serve this example until Ctrl-C, or drive it with scripted clients (--check)."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from driver import Client, Failure, Transcript, free_port, is_taken, server  # noqa: E402

EXPECTED = """
Ann          opens    chat/lobby/Ann
Ann          receives {"kind": "join", "who": "Ann"}
Ben          opens    chat/lobby/Ben
Ann          receives {"kind": "join", "who": "Ben"}
Ben          receives {"kind": "join", "who": "Ben"}
Ann          sends    {"text": "Is anybody here?"}
Ann          receives {"kind": "say", "text": "Is anybody here?", "who": "Ann"}
Ben          receives {"kind": "say", "text": "Is anybody here?", "who": "Ann"}
Ben          sends    {"text": "Yes: \\u00e9, \\u65e5\\u672c, \\ud83d\\ude80"}
Ann          receives {"kind": "say", "text": "Yes: \\u00e9, \\u65e5\\u672c, \\ud83d\\ude80", "who": "Ben"}
Ben          receives {"kind": "say", "text": "Yes: \\u00e9, \\u65e5\\u672c, \\ud83d\\ude80", "who": "Ben"}
Cleo         opens    chat/attic/Cleo
Cleo         receives {"kind": "join", "who": "Cleo"}
Cleo         sends    {"text": "Only the attic hears this"}
Cleo         receives {"kind": "say", "text": "Only the attic hears this", "who": "Cleo"}
Ann          sends    {"text": "/guess 20 50 80"}
Ann          receives {"guesses": "20 50 80", "kind": "job", "state": "working"}
Ben          sends    {"text": "While it works we go on"}
Ann          receives {"kind": "say", "text": "While it works we go on", "who": "Ben"}
Ben          receives {"kind": "say", "text": "While it works we go on", "who": "Ben"}
Ann          receives {"answer": 33.33, "guesses": "20 50 80", "kind": "job", "state": "done"}
Ann, trading opens    market/lobby
Ann, trading receives {"ask": null, "bid": null, "last": null, "traders": 1, "trades": 0}
Ben, trading opens    market/lobby
Ann, trading receives {"ask": null, "bid": null, "last": null, "traders": 2, "trades": 0}
Ben, trading receives {"ask": null, "bid": null, "last": null, "traders": 2, "trades": 0}
Ann, trading sends    {"price": 12, "side": "ask"}
Ann, trading receives {"ask": 12, "bid": null, "last": null, "traders": 2, "trades": 0}
Ben, trading receives {"ask": 12, "bid": null, "last": null, "traders": 2, "trades": 0}
Ben, trading sends    {"price": "ten", "side": "bid"}
Ben, trading receives {"error": "Send a side (bid or ask) and a whole number as price."}
Ben, trading sends    {"price": 13, "side": "bid"}
Ann, trading receives {"ask": null, "bid": null, "last": 12, "traders": 2, "trades": 1}
Ben, trading receives {"ask": null, "bid": null, "last": 12, "traders": 2, "trades": 1}
Ann, trading leaves
Ben, trading receives {"ask": null, "bid": null, "last": 12, "traders": 1, "trades": 1}
Ben, trading leaves
Ben          leaves
Ann          receives {"kind": "leave", "who": "Ben"}
Ann          sends    {"text": "Then I go too"}
Ann          receives {"kind": "say", "text": "Then I go too", "who": "Ann"}
Ann          leaves
Cleo         leaves
"""


def script(port: int, transcript: Transcript) -> None:
    page = "http://127.0.0.1:%d/chat/lobby/" % port
    with build_opener(ProxyHandler({})).open(page, timeout=20) as answer:
        if b'data-room="lobby"' not in answer.read():
            raise Failure("%s is not the page of the room." % page)

    sockets = "ws://127.0.0.1:%d/" % port
    ann = Client(transcript, "Ann", sockets + "chat/lobby/Ann")
    ann.receive()
    ben = Client(transcript, "Ben", sockets + "chat/lobby/Ben")
    both = (ann, ben)
    for client in both:
        client.receive()
    ann.send({"text": "Is anybody here?"})
    for client in both:
        client.receive()
    ben.send({"text": "Yes: é, 日本, 🚀"})
    for client in both:
        client.receive()
    cleo = Client(transcript, "Cleo", sockets + "chat/attic/Cleo")
    cleo.receive()
    cleo.send({"text": "Only the attic hears this"})
    cleo.receive()

    ann.send({"text": "/guess 20 50 80"})
    ann.receive()
    ben.send({"text": "While it works we go on"})
    for client in both:
        client.receive()
    ann.receive()

    seller = Client(transcript, "Ann, trading", sockets + "market/lobby")
    seller.receive()
    buyer = Client(transcript, "Ben, trading", sockets + "market/lobby")
    for client in (seller, buyer):
        client.receive()
    seller.send({"side": "ask", "price": 12})
    for client in (seller, buyer):
        client.receive()
    buyer.send({"side": "bid", "price": "ten"})
    buyer.receive()
    buyer.send({"side": "bid", "price": 13})
    for client in (seller, buyer):
        client.receive()
    seller.leave()
    buyer.receive()
    buyer.leave()

    ben.leave()
    ann.receive()
    ann.send({"text": "Then I go too"})
    ann.receive()
    ann.leave()
    cleo.leave()


def check(port: int, python: str) -> None:
    transcript = Transcript()
    with server(HERE, port, python, quiet=True):
        script(port, transcript)
        transcript.compare(EXPECTED)
    print("As expected: %d lines." % len(transcript.lines))


def serve(port: int, python: str) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        with server(HERE, port, python) as process:
            print("\n  http://127.0.0.1:%d/chat/lobby/   (Ctrl-C ends it)\n" % port, flush=True)
            if process.wait():
                raise Failure("The server ended with exit code %d." % process.returncode)
    except KeyboardInterrupt:
        print("\nStopped.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="drive it with scripted clients, then exit")
    parser.add_argument("--port", type=int, help="default: 8000, or any if that is taken (with --check: any)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the server")
    options = parser.parse_args()
    try:
        if options.port and is_taken(options.port):
            raise Failure("Port %d is taken." % options.port)
        if options.check:
            check(options.port or free_port(), options.python)
        else:
            serve(options.port or (free_port() if is_taken(8000) else 8000), options.python)
    except Failure as failure:
        print("FAILED. %s" % failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
