#!/usr/bin/env python
"""Seat legacy and native clients at one table and compare what everybody received with what is expected."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from driver import Client, Failure, Transcript, free_port, server  # noqa: E402

EXPECTED = """
Lea, legacy  opens    legacy/oak/Lea
Lea, legacy  receives {"text": "sits down", "who": "Lea"}
Nat, native  opens    native/oak/Nat
Lea, legacy  receives {"text": "sits down", "who": "Nat"}
Nat, native  receives {"text": "sits down", "who": "Nat"}
Hal, native  opens    host/oak/Hal
Lea, legacy  receives {"text": "sits down", "who": "Hal"}
Nat, native  receives {"text": "sits down", "who": "Hal"}
Hal, native  receives {"seen": true, "text": "sits down", "who": "Hal"}
Lea, legacy  sends    {"text": "from a legacy consumer"}
Lea, legacy  receives {"text": "from a legacy consumer", "who": "Lea"}
Nat, native  receives {"text": "from a legacy consumer", "who": "Lea"}
Hal, native  receives {"seen": true, "text": "from a legacy consumer", "who": "Lea"}
Nat, native  sends    {"text": "from a native consumer"}
Lea, legacy  receives {"text": "from a native consumer", "who": "Nat"}
Nat, native  receives {"text": "from a native consumer", "who": "Nat"}
Hal, native  receives {"seen": true, "text": "from a native consumer", "who": "Nat"}
Nat, native  leaves
Lea, legacy  receives {"text": "gets up", "who": "Nat"}
Hal, native  receives {"seen": true, "text": "gets up", "who": "Nat"}
Lea, legacy  leaves
Hal, native  receives {"seen": true, "text": "gets up", "who": "Lea"}
Hal, native  leaves
"""


def script(port: int, transcript: Transcript) -> None:
    sockets = "ws://127.0.0.1:%d/" % port
    table: list[Client] = []

    def sit_down(who: str, path: str) -> Client:
        table.append(Client(transcript, who, sockets + path))
        everybody_receives()
        return table[-1]

    def get_up(client: Client) -> None:
        table.remove(client)
        client.leave()
        everybody_receives()

    def everybody_receives() -> None:
        for client in table:
            client.receive()

    lea = sit_down("Lea, legacy", "legacy/oak/Lea")
    nat = sit_down("Nat, native", "native/oak/Nat")
    hal = sit_down("Hal, native", "host/oak/Hal")
    lea.send({"text": "from a legacy consumer"})
    everybody_receives()
    nat.send({"text": "from a native consumer"})
    everybody_receives()
    for client in (nat, lea, hal):
        get_up(client)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the server")
    options = parser.parse_args()
    transcript = Transcript()
    port = free_port()
    try:
        with server(HERE, port, options.python, quiet=True):
            script(port, transcript)
            transcript.compare(EXPECTED)
    except Failure as failure:
        print("FAILED. %s" % failure)
        return 1
    print("As expected: %d lines." % len(transcript.lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
