#!/usr/bin/env python
"""Web processes, workers and Redis on this machine, started together and put under load.

Prints for 1, 2, 4 … web processes how many messages go through, what each costs in processor time, and what limits it;
`--check` verifies in a few seconds that nothing is lost, with one Redis, with sentinels and with two hosts.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from check import check  # noqa: E402
from topology import ARRANGEMENTS, Failure, redis_binary  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--web", type=int, action="append", help="web processes; may be given again (default: 1, 2, 4)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    parser.add_argument("--redis", choices=ARRANGEMENTS, help="only this arrangement (default for figures: single)")
    parser.add_argument("--redis-server", metavar="PATH", help="the redis-server to start")
    parser.add_argument("--server", default="uvicorn", choices=("uvicorn", "daphne", "hypercorn"))
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each load (default: 3)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--check", action="store_true", help="only verify, in a few seconds, that nothing is lost")
    options = parser.parse_args()
    if min([options.workers, *(options.web or [])]) < 1 or options.seconds <= 0:
        parser.error("--web, --workers and --seconds must be positive")
    return options


def main() -> int:
    options = arguments()
    # Otherwise being told to end would leave the others running.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        binary = redis_binary(options.redis_server)
        with tempfile.TemporaryDirectory(prefix="cluster-") as name:
            if options.check:
                only = (options.redis,) if options.redis else ()
                check((options.web or [2])[0], options.workers, binary, Path(name), options.server, only)
                print("ok")
            else:
                from figures import measure

                measure(options, binary, Path(name))
    except Failure as error:
        traceback.print_exc()
        print("FAILED. %s" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
