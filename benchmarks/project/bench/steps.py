"""How long the steps of one echo take, one by one and without anything in their way: a JSON object of µs."""

import asyncio
import json
import time
import timeit

import compat

compat.install()

from bench.legacy_asgi import channel_layer  # noqa: E402
from compat.v0.asgi import channel_layers  # noqa: E402
from compat.v0.message import Message  # noqa: E402
from compat.v0.signals import consumer_finished, consumer_started  # noqa: E402
from compat.v0.worker import Worker  # noqa: E402
from compat.v2.executor import Lane, ThreadPool  # noqa: E402
from compat.v2.websocket import Socket  # noqa: E402

TIMES = 500


def microseconds(step):
    """Of the fastest run: the others were disturbed."""
    return round(1e6 * min(timeit.repeat(step, number=TIMES, repeat=15)) / TIMES, 2)


async def awaited_microseconds(step):
    found = []
    for _ in range(15):
        begun = time.perf_counter()
        for _ in range(TIMES):
            await step()
        found.append(time.perf_counter() - begun)
    return round(1e6 * min(found) / TIMES, 2)


class SameThread(ThreadPool):
    """Runs jobs where they are submitted."""

    def submit(self, job):
        job()


async def main():
    wrapper = channel_layers["default"]
    channel_layer.application.start()
    service = channel_layer.application._service

    async def ignore(event=None):
        pass

    socket = Socket(service, {"type": "websocket", "path": "/echo", "headers": []}, ignore, ignore)
    reply = socket._reply
    name = await reply.new_name("websocket.send!")
    reply.open()
    reply._flushing = True  # sends stay where they are
    content = {"reply_channel": name, "path": "/echo", "order": 1, "text": "x" * 100}
    lane = Lane(SameThread(1, "steps"), lambda item: None, socket._progress)

    def consume():
        reply.run_consumer(("websocket.receive", content))
        reply._outgoing.clear()

    def send():
        wrapper.send(name, {"text": content["text"]})
        reply._outgoing.clear()

    def make_and_match():
        wrapper.router.match(Message(content, "websocket.receive", wrapper))

    def signals():
        consumer_started.send(sender=Worker, environ={})
        consumer_finished.send(sender=Worker)

    print(
        json.dumps(
            {
                "consumer": microseconds(consume),
                "message and route": microseconds(make_and_match),
                "signals and database connections": microseconds(signals),
                "send": microseconds(send),
                "hand-over to a lane": microseconds(lambda: lane.put(None)),
                "delivery": await awaited_microseconds(lambda: socket._deliver({"text": content["text"]})),
            }
        )
    )


asyncio.run(main())
