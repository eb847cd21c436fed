"""What a scenario is, and the stage it plays on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .client import DEADLINE, Browser, Client, http_request
from .normalise import normalise
from .stacks import LAYERS, Running

Script = Callable[["Stage"], Awaitable[None]]
Record = dict[str, Any]
SCENARIO_DEADLINE = 60.0
# Servers add headers of their own.
APPLICATION_HEADERS = ("content-type", "set-cookie", "x-method", "x-text")


@dataclass(frozen=True)
class Scenario:
    name: str
    project: str
    rows: str
    layers: tuple[str, ...]
    script: Script
    shim_only: bool = False
    package: str | None = None

    @property
    def about(self) -> str:
        return " ".join((self.script.__doc__ or "").split())


@dataclass
class Registry:
    """All scenarios by name; old and shim play `compared`, only shims play `expected`."""

    compared: dict[str, Scenario] = field(default_factory=dict)
    expected: dict[str, Scenario] = field(default_factory=dict)


REGISTRY = Registry()


def scenario(
    rows: str, project: str = "contract", layers: tuple[str, ...] = LAYERS, package: str | None = None,
) -> Callable[[Script], Script]:
    """Register a script that the old stack judges. rows: the rows of CONTRACT.md it covers.

    package: what is to be importable where it is played; on stacks that lack it, the scenario is skipped.
    """

    def register(script: Script) -> Script:
        name = script.__name__
        assert name not in REGISTRY.compared, f"two scenarios called {name}"
        REGISTRY.compared[name] = Scenario(name, project, rows, layers, script, package=package)
        return script

    return register


def shim_only(
    rows: str, project: str = "contract", layers: tuple[str, ...] = LAYERS,
) -> Callable[[Script], Script]:
    """Register a script with its own assertions, for what the old stack does not survive or does worse."""

    def register(script: Script) -> Script:
        name = script.__name__
        assert name not in REGISTRY.expected, f"two scenarios called {name}"
        REGISTRY.expected[name] = Scenario(name, project, rows, layers, script, shim_only=True)
        return script

    return register


class Stage:
    """What a script may do: open sockets, wait for observations, open gates, fetch pages, take notes."""

    runs = itertools.count(1)

    def __init__(self, running: Running) -> None:
        self.running = running
        self.clients: dict[str, Client] = {}
        self.notes: dict[str, Any] = {}
        self.unique = f"run{next(self.runs)}"
        self._offset = running.observed.stat().st_size
        self._awaited: dict[str, int] = {}
        self._unordered: set[str] = set()

    # -- sockets -----------------------------------------------------------------------------------------

    async def open(
        self,
        name: str,
        path: str = "/command",
        headers: Iterable[tuple[str, str]] = (),
        subprotocols: Iterable[str] = (),
        wait: str | None = "connect",
    ) -> Client:
        """Open a socket and wait until its connect consumer has written down `wait`."""
        assert name not in self.clients
        client = self.clients[name] = Client(name, self.running.port)
        await client.open(path, headers, subprotocols)
        if wait:
            await self.observed(wait)
        return client

    async def close(self, client: Client, code: int | None = 1000, wait: str | None = "disconnect") -> None:
        """Close a socket and wait until its disconnect consumer has run."""
        await client.close(code)
        if wait:
            await self.observed(wait)

    # -- observations ------------------------------------------------------------------------------------

    def observations(self) -> list[dict[str, Any]]:
        """What consumers wrote since this scenario began."""
        with self.running.observed.open("rb") as lines:
            lines.seek(self._offset)
            # A line may be half written at the moment of reading.
            complete = lines.read().rpartition(b"\n")[0]
            return [json.loads(line) for line in complete.split(b"\n") if line]

    async def observed(self, event: str, count: int = 1) -> None:
        """Wait for `count` more observations of event than have been waited for so far."""
        wanted = self._awaited[event] = self._awaited.get(event, 0) + count
        end = asyncio.get_running_loop().time() + DEADLINE
        while self.count(event) < wanted:
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(
                    f"{event!r} observed {self.count(event)} times, not {wanted}: {self.observations()[-10:]}"
                )
            await self.pause()

    def count(self, event: str) -> int:
        return sum(each["event"] == event for each in self.observations())

    async def pause(self) -> None:
        """Between two looks at something that has no event of its own."""
        self.running.check()
        await asyncio.sleep(0.004)

    # -- the rest ----------------------------------------------------------------------------------------

    def gate(self, name: str) -> str:
        """A gate's name that no other run uses."""
        return f"{self.unique}-{name}"

    def release(self, name: str) -> None:
        (self.running.gates / self.gate(name)).touch()

    def name(self, base: str) -> str:
        """A group's or channel's name that no other run uses."""
        return f"{base}.{self.unique}"

    async def get(self, path: str, browser: Browser | None = None, **query: str) -> None:
        """Fetch a page of the project, as `browser` with its cookies; the answer is noted."""
        browser = browser or Browser()
        url = path + ("?" + urlencode(query) if query else "")
        status, received, body = await http_request(self.running.port, "GET", url, browser.headers())
        browser.take(received)
        self.notes.setdefault("pages", []).append([path, status, body.decode("utf-8", "replace")])

    async def request(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"",
    ) -> None:
        """Make a request; of the answer, what the application has said is noted."""
        status, received, content = await http_request(self.running.port, method, path, headers, body)
        said = sorted([name.lower(), value] for name, value in received if name.lower() in APPLICATION_HEADERS)
        shown = content.decode("latin-1") if len(content) < 1000 else f"{len(content)} bytes"
        self.notes.setdefault("responses", []).append([method, path, status, said, shown])

    async def shell(self, code: str) -> None:
        """Run `code` in a process of its own: `manage.py shell -c`, as in a cron job or by hand. It must succeed."""
        process = await self.running.shell(code)
        output, _ = await asyncio.wait_for(process.communicate(), SCENARIO_DEADLINE)
        if process.returncode:
            raise AssertionError(f"the shell ended with {process.returncode}: {output.decode()}")

    def note(self, key: str, value: Any) -> None:
        self.notes[key] = value

    def unordered(self, what: str) -> None:
        """The old stack guarantees no order among these: "observed", or a client's name."""
        self._unordered.add(what)

    # -- the end -----------------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Close what is still open, one after another, so that the record ends the same way each time."""
        for client in self.clients.values():
            if not client.ended and not client.closing:
                await self.close(client)

    def abandon(self) -> None:
        for client in self.clients.values():
            client.abandon()

    def record(self) -> Record:
        record = normalise(
            {
                "clients": {name: client.seen for name, client in self.clients.items()},
                "observed": self.observations(),
                "notes": self.notes,
            },
            port=self.running.port,
            unique=self.unique,
        )
        for what in self._unordered:
            holder, key = (record, what) if what == "observed" else (record["clients"], what)
            holder[key] = sorted(holder[key], key=json.dumps)
        return record


async def _play(scenario: Scenario, stage: Stage) -> Record:
    try:
        await scenario.script(stage)
        await stage.finish()
        return stage.record()
    finally:
        stage.abandon()


def play(scenario: Scenario, running: Running) -> Record:
    """Run a script against running servers; a failure tells what was seen so far and what servers printed."""
    stage = Stage(running)
    try:
        return asyncio.run(asyncio.wait_for(_play(scenario, stage), SCENARIO_DEADLINE))
    except (AssertionError, asyncio.TimeoutError, OSError) as error:
        seen = json.dumps(stage.record(), indent=1, ensure_ascii=False)
        raise AssertionError(
            f"{scenario.name} on {running.stack.name}, {running.layer}, {running.server}: "
            f"{type(error).__name__}: {error}\n--- so far\n{seen}\n{running.logs()}"
        ) from error
