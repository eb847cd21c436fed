"""The process that makes a load: `python generator.py JSON`, with the fields of `load.Load`."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
import sys

from frames import SocketFailed
from load import Load


def main() -> int:
    load = Load(**json.loads(sys.argv[1]))
    generate = importlib.import_module(load.kind).generate
    try:
        result = asyncio.run(generate(load))
    except (SocketFailed, OSError, asyncio.TimeoutError) as error:
        print(str(error) or "The handshake took too long.", file=sys.stderr)
        return 1
    print(json.dumps(dataclasses.asdict(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
