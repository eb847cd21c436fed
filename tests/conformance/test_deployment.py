"""The topology that projects of 0.17 were deployed in: Redis, web processes that only talk to the network, workers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from .conftest import Plan
from .servers import Process, Redis, accepts_tcp, answers_http, free_port, wait_until
from .stacks import PROJECTS, Stack

WEBS, WORKERS, THREADS, CLIENTS_PER_WEB = 2, 2, 2, 10
# Seconds without an answer after which something is wrong.
PATIENCE = 60.0


class Deployment:
    """The processes of one project, and what its consumers observed."""

    def __init__(self, stack: Stack, redis: Redis, folder: Path) -> None:
        self.stack = stack
        self.folder = folder
        self.project = PROJECTS / "deployment"
        self.observed = folder / "observed.jsonl"
        self.observed.touch()
        self.env = stack.environment()
        self.env.update(
            CONFORMANCE_LAYER="redis",
            CONFORMANCE_OBSERVED=str(self.observed),
            CONFORMANCE_GATES=str(folder),
            CONFORMANCE_REDIS=redis.url(0),
            CONFORMANCE_PREFIX="deployment:",
            CONFORMANCE_WORKER_CHANNELS="*",
        )
        self.processes: list[Process] = []

    def serve_web(self, webs: int) -> None:
        """Start web processes, and wait until they listen."""
        self.ports = [free_port() for _ in range(webs)]
        for port in self.ports:
            self.start(f"web-{port}", self.stack.command("daphne", "deployment", port))
        for port in self.ports:
            wait_until(f"port {port}", lambda port=port: accepts_tcp(port), self.processes)

    def serve(self) -> None:
        """Start web processes and workers, and wait until they are ready."""
        self.serve_web(WEBS)
        self.workers = [
            self.start(f"worker-{number}", self.manage("runworker", "--threads", str(THREADS)))
            for number in range(WORKERS)
        ]
        for port in self.ports:
            # Answered by Django's view in a worker.
            wait_until(f"port {port}", lambda port=port: answers_http(port, "/ready/"), self.processes)
        for worker in self.workers:
            wait_until(worker.name, lambda w=worker: "Listening on" in w.tail(1000), self.processes)

    def manage(self, *arguments: str) -> list[str]:
        return [self.stack.python, "manage.py", *arguments]

    def start(self, name: str, command: list[str]) -> Process:
        process = Process(name, command, self.project, self.env, self.folder / f"{name}.log")
        self.processes.append(process)
        return process

    def end(self, worker: Process, number: int) -> int:
        """Send a worker a signal; its exit status."""
        os.kill(worker.popen.pid, number)
        return worker.popen.wait(PATIENCE)

    async def shell(self, code: str) -> None:
        """Run code in another process of the project."""
        process = await asyncio.create_subprocess_exec(
            *self.manage("shell", "-c", code), cwd=self.project, env=self.env, stdout=asyncio.subprocess.DEVNULL
        )
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0

    def begun_by(self, worker: Process) -> set[str]:
        """What a worker began and did not bring to its end."""
        running: set[str] = set()
        for event in self.events():
            if event["data"].get("worker") == worker.popen.pid:
                (running.add if event["event"] == "begun" else running.discard)(event["data"]["text"])
        return running

    def events(self) -> list[dict[str, Any]]:
        """What consumers observed so far."""
        return [json.loads(line) for line in self.observed.read_text().splitlines()]

    def logs(self) -> str:
        return "\n".join(process.tail() for process in self.processes)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()


class Traffic:
    """Clients that send numbered frames and count what comes back."""

    def __init__(self, deployment: Deployment, frames: int) -> None:
        self.deployment = deployment
        self.frames = frames
        self.answers: Counter[str] = Counter()
        self.progress = asyncio.Condition()
        self.last_one = asyncio.Event()

    async def _note(self, text: str) -> None:
        async with self.progress:
            self.answers[text] += 1
            self.progress.notify_all()

    async def client(self, name: str, port: int) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{port}/", open_timeout=PATIENCE, ping_interval=None) as socket:
            sending = asyncio.ensure_future(self._send(socket, name))
            try:
                async for text in socket:
                    await self._note(f"{text} {name}" if text == "to everybody" else str(text))
            finally:
                sending.cancel()

    async def _send(self, socket: websockets.ClientConnection, name: str) -> None:
        for number in range(self.frames):
            await socket.send(f"{name}:{number}")
        await self.last_one.wait()
        await socket.send(f"{name} last")

    async def answered(self, count: int, what: str = ":") -> None:
        """Wait until ``count`` different frames have been answered; fails when there is no progress any more."""

        def so_far() -> int:
            return sum(what in text for text in self.answers)

        async with self.progress:
            while so_far() < count:
                before = so_far()
                try:
                    await asyncio.wait_for(self.progress.wait(), PATIENCE)
                except asyncio.TimeoutError:
                    pytest.fail(f"stuck at {before} of {count} answers\n{self.deployment.logs()}", pytrace=False)


@pytest.fixture
def deployment(deployed: Stack, plan: Plan, tmp_path: Path) -> Iterator[Deployment]:
    assert plan.redis_binary is not None
    redis = Redis(plan.redis_binary, tmp_path / "redis")
    deployment = Deployment(deployed, redis, tmp_path)
    yield deployment
    deployment.stop()
    redis.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to end", "killed"])
def test_a_worker_that_goes_loses_only_what_it_was_running(
    deployment: Deployment, number: int, plan: Plan
) -> None:
    deployment.serve()
    asyncio.run(goes_in_the_middle(deployment, number, plan.frames // (WEBS * CLIENTS_PER_WEB)))


async def goes_in_the_middle(deployment: Deployment, number: int, frames: int) -> None:
    traffic = Traffic(deployment, frames)
    names = [f"{port}-{index}" for port in deployment.ports for index in range(CLIENTS_PER_WEB)]
    sent = {f"{name}:{index}" for name in names for index in range(frames)}
    clients = [asyncio.ensure_future(traffic.client(name, int(name.partition("-")[0]))) for name in names]
    first, second = deployment.workers

    await traffic.answered(len(sent) // 3)
    status = deployment.end(first, number)
    lost = 0 if number == signal.SIGTERM else THREADS
    await traffic.answered(len(sent) - lost)

    # Whatever was sent before has been taken off the channel once these are answered, and done when no thread is at it.
    traffic.last_one.set()
    await traffic.answered(len(names), "last")
    await deployment.shell("from channels import Group; Group('everybody').send({'text': 'to everybody'})")
    await traffic.answered(len(names), "to everybody")
    while deployment.begun_by(second):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)

    # What the other worker was running is not among it, nor what it took after the first had gone.
    missing = sent - set(traffic.answers)
    assert len(missing) <= lost
    assert set(traffic.answers.values()) == {1}, "something was answered twice"
    assert status == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    deployment.processes.remove(first)
    for process in deployment.processes:
        process.check()


# More than the channel holds; the old server then closed the socket.
WAITING = 150


def test_sockets_open_and_wait_for_the_first_worker(deployment: Deployment) -> None:
    """Row 11 of the contract, and nothing is lost."""
    deployment.serve_web(1)
    asyncio.run(frames_before_the_first_worker(deployment))


async def frames_before_the_first_worker(deployment: Deployment) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{deployment.ports[0]}/", ping_interval=None) as socket:
        for number in range(WAITING):
            await socket.send(str(number))
        # The server has all of them once it has answered this.
        await asyncio.wait_for(await socket.ping(), PATIENCE)
        deployment.start("worker", deployment.manage("runworker"))
        answers = [await asyncio.wait_for(socket.recv(), PATIENCE) for _ in range(WAITING)]
    assert answers == [str(number) for number in range(WAITING)]


WORK = """
import time
from channels import Channel
work = Channel("deployment.work")
for number in range(300):
    while True:
        try:
            work.send({"number": number})
            break
        except work.channel_layer.ChannelFull:
            time.sleep(0.01)
"""


def test_web_processes_share_the_messages_of_a_custom_channel(deployment: Deployment) -> None:
    """Each is consumed once, in either of them."""
    del deployment.env["CONFORMANCE_WORKER_CHANNELS"]
    deployment.serve_web(WEBS)
    asyncio.run(deployment.shell(WORK))
    wait_until("work", lambda: {each["data"]["number"] for each in deployment.events()} == set(range(300)), [])
    asyncio.run(deployment.shell("from channels import Channel; Channel('deployment.work').send({'number': 'last'})"))
    wait_until("last", lambda: any(each["data"]["number"] == "last" for each in deployment.events()), [])
    assert Counter(each["data"]["number"] for each in deployment.events()).most_common(1)[0][1] == 1


def test_runworker_with_channels_runs_native_consumers(deployment: Deployment) -> None:
    worker = deployment.start("native", deployment.manage("runworker", "thumbnails", "--verbosity", "2"))
    send = "async_to_sync(get_channel_layer().send)('thumbnails', {'type': 'make', 'name': 'of a cat'})"
    modules = "from asgiref.sync import async_to_sync; from channels.layers import get_channel_layer"
    asyncio.run(deployment.shell(f"{modules}; {send}"))
    wait_until("the consumer", deployment.events, [worker])
    (event,) = deployment.events()
    assert (event["event"], event["data"]["text"]) == ("thumbnail", "of a cat")
