"""The processes of the project in ``project/``, as it is deployed: Redis, web processes, workers; all can be hurt."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

from conformance.client import Client, http_request
from conformance.servers import Process, answers_http, free_port, wait_until
from conformance.stacks import Stack
from support.redis_server import find_redis

PROJECT = Path(__file__).parent / "project"
# Seconds after which what a test waits for will not come any more.
PATIENCE = 15.0
# The same for what a long form does in any case, however many minutes it is to take.
LONG_PATIENCE = 1200.0


async def until(what: str, ready: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Ask ``ready()``, which may be a coroutine function, until it says something true; that is returned."""
    end = time.monotonic() + patience
    while True:
        answer = ready()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < end, f"{what}: not within {patience:.0f} s"
        await asyncio.sleep(0.03)


class Redis:
    """A redis-server that can be restarted on its port, with or without what it kept."""

    def __init__(self, folder: Path, binary: str) -> None:
        self.port = free_port()
        folder.mkdir(parents=True)
        self._folder, self._binary = folder, binary
        self.options: list[str] = ["--save", "", "--appendonly", "no"]
        self.start()

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        log = self._folder / "redis.log"
        self.process = Process("redis-server", [*command, *self.options], self._folder, dict(os.environ), log)
        wait_until("redis-server", lambda: self.command("PING") == b"+PONG", [self.process])

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.popen.wait(PATIENCE)
        self.process.stop()

    def restart(self) -> None:
        self.kill()
        self.start()

    def signal(self, number: int) -> None:
        os.kill(self.process.popen.pid, number)

    def command(self, *words: str) -> bytes:
        """Send one command; the first line of the answer, empty if there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
                parts = (b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
                connection.sendall(b"*%d\r\n%s" % (len(words), b"".join(parts)))
                with connection.makefile("rb") as stream:
                    return stream.readline().strip()
        except OSError:
            return b""

    def lines(self, *words: str) -> list[bytes]:
        """Send one command; all that it answers."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\nQUIT\r\n")
            with connection.makefile("rb") as stream:
                return stream.read().split(b"\r\n")

    def stop(self) -> None:
        self.signal(signal.SIGCONT)
        self.process.stop()


class Site:
    """Processes of the project, on one stack.

    Args:
        redis_servers: how many share the load.
        settings: what is to be different in its settings; ``layer`` is for the layer's CONFIG.
    """

    def __init__(self, stack: Stack, folder: Path, redis_servers: int = 1, **settings: Any) -> None:
        self.stack, self.folder = stack, folder
        self.observed = folder / "observed.jsonl"
        self.observed.touch()
        self.gates = folder / "gates"
        self.gates.mkdir()
        self.processes: list[Process] = []
        self.clients: list[Client] = []
        # The last that each web process has told.
        self.states: dict[int, dict[str, Any]] = {}
        self.env = {
            **stack.environment(),
            "CONFORMANCE_LAYER": "redis",
            "CONFORMANCE_OBSERVED": str(self.observed),
            "CONFORMANCE_GATES": str(self.gates),
            "CONFORMANCE_FOLDER": str(folder),
            "CONFORMANCE_PREFIX": "faults:",
            "FAULTS_SETTINGS": json.dumps(settings),
        }
        binary = find_redis()
        assert binary is not None
        self.redises = [Redis(folder / f"redis-{number}", binary) for number in range(redis_servers)]
        self.redis = self.redises[0]
        self.env["CONFORMANCE_REDIS"] = " ".join(f"redis://127.0.0.1:{redis.port}/0" for redis in self.redises)
        self.manage("migrate", "--run-syncdb", "--verbosity", "0")

    # --- processes ---

    def manage(self, *arguments: str) -> None:
        command = [self.stack.python, "manage.py", *arguments]
        subprocess.run(command, cwd=PROJECT, env=self.env, check=True, timeout=2 * PATIENCE)

    def web(self, server: str = "daphne", *options: str, **variables: str) -> int:
        """Start a web process, with these environment variables too; its port."""
        port = free_port()
        command = [*self.stack.command(server, "faults", port), *options]
        process = self._spawn(f"web-{port}", command, **variables)
        wait_until(process.name, lambda: answers_http(port, "/ready/"), [process])
        return port

    def worker(self, *options: str) -> Process:
        number = len(self.processes)
        process = self._spawn(f"worker-{number}", [self.stack.python, "manage.py", "runworker", *options])
        wait_until(process.name, lambda: "Listening on" in process.tail(1000), [process])
        return process

    def _spawn(self, name: str, command: list[str], **variables: str) -> Process:
        process = Process(name, command, PROJECT, {**self.env, **variables}, self.folder / f"{name}.log")
        self.processes.append(process)
        return process

    def process_of(self, port: int) -> Process:
        return next(process for process in self.processes if process.name == f"web-{port}")

    def check(self) -> None:
        """All processes that were not ended by a test still run."""
        for process in self.processes:
            process.check()

    async def end(self, process: Process, number: int, meanwhile: Callable[[], None] = lambda: None) -> int:
        """Send a process a signal, do something, wait for its end; its exit status."""
        self.processes.remove(process)
        process.popen.send_signal(number)
        meanwhile()
        await until(f"{process.name} ends", lambda: process.popen.poll() is not None)
        process.stop()
        return process.popen.returncode

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()
        for redis in self.redises:
            redis.stop()

    # --- what they do ---

    def open_gate(self, name: str) -> None:
        (self.gates / name).touch()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of what consumers observed, as :func:`observe` packed it."""
        lines = map(json.loads, self.observed.read_text().splitlines())
        return [line["data"] for line in lines if line["event"] == kind]

    def logged(self, words: str) -> int:
        """How many lines of the log, at least warnings, have ``words`` in them."""
        return sum(words in event["message"] for event in self.events("log"))

    async def client(self, port: int, path: str = "/", **more: Any) -> Client:
        client = Client(f"{len(self.clients)}", port)
        self.clients.append(client)
        await client.open(path, **more)
        return client

    async def clients_on(self, *ports: int, each: int = 1) -> list[Client]:
        """Clients whose connect consumer has run."""
        clients = [await self.client(port) for port in ports for _ in range(each)]
        for client in clients:
            await answered(client, "echo hello")
        return clients

    async def state(self, port: int) -> dict[str, Any]:
        status, _, body = await http_request(port, "GET", "/state/")
        assert status == 200, body
        self.states[port] = json.loads(body)
        return self.states[port]

    async def nobody(self, port: int, before: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The state of a web process that keeps nothing of any client, and not more of all else than ``before``."""
        state = await self.state(port)
        # One may wait in channels_redis until the next message for the process comes.
        gone = state["buffers"] <= 1 and not any(state[kept] for kept in ("replies", "groups", "members"))
        return state if gone and not leaked(before or state, state) else None

    def memory_of(self, process: Process) -> int:
        """The bytes of it that are in memory."""
        return int(Path(f"/proc/{process.popen.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def run(self, scenario: Callable[[], Any], patience: float = 3 * PATIENCE) -> None:
        """Play a coroutine function, for so many seconds at most; in the end no process has died that was not meant
        to."""

        async def main() -> None:
            try:
                await asyncio.wait_for(scenario(), patience)
            finally:
                for client in self.clients:
                    client.abandon()
                await asyncio.sleep(0)

        try:
            asyncio.run(main())
            self.check()
        except BaseException as error:
            logs = "\n".join(process.tail(60) for process in self.processes)
            raise AssertionError(f"{type(error).__name__}: {error}\n{json.dumps(self.states)}\n{logs}") from error


async def answered(client: Client, sent: str, answer: str | None = None) -> None:
    """The client sends, and gets ``answer``; whatever else comes before that is not looked at."""
    client.send(sent)
    await text_of(client, sent.partition(" ")[2] if answer is None else answer)


async def text_of(client: Client, text: str) -> None:
    """Wait for a text frame."""
    while await client.text() != text:
        pass


async def leave(client: Client, way: int) -> None:
    """A client goes, in one of three ways."""
    if way == 0:
        await client.close()
    else:
        (client.cut, client.hang_up)[way - 1]()
        await client.wait_ended()


def leaked(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a web process with as many clients as before has more of."""
    # Threads, and connections to Redis for each, are made as they are needed: the options THREADS, WORKER_THREADS.
    allowed = {"databases": 0, "tasks": 5, "threads": 24, "files": 30}
    return [kept for kept, more in allowed.items() if after[kept] > before[kept] + more]
