"""The worker's own loop, several workers in threads, and ``channels.worker.Worker`` for both worlds."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import threading
from typing import Any, Iterator

import pytest
from support.layers import make_layer
from support.waiting import DEADLINE, in_thread

import compat
from compat.v0.exceptions import ConsumeLater
from compat.v0.message import Message
from compat.v0.routing import route
from compat.v0.signals import consumer_finished, consumer_started, worker_ready
from compat.v0.worker import Worker, WorkerGroup, runs_in_order
from compat.v2 import layers


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", 0.01)


def worked(worker: Worker, *messages: tuple[str, Any]) -> Worker:
    """Run ``worker`` on ``messages`` until one of its consumers ends it."""
    for channel, content in messages:
        worker.channel_layer.send(channel, content)
    in_thread(worker.run)()
    return worker


# --- which channels ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only", "exclude", "left"),
    [
        (None, None, ["websocket.connect", "websocket.receive", "mail.send", "mail"]),
        ([], [], ["websocket.connect", "websocket.receive", "mail.send", "mail"]),
        (["websocket.*"], None, ["websocket.connect", "websocket.receive"]),
        (["mail", "*.receive"], None, ["websocket.receive", "mail"]),
        (None, ["websocket.*"], ["mail.send", "mail"]),
        (["websocket.*"], ["*.connect"], ["websocket.receive"]),
        (["MAIL"], None, []),
        (["mail?send"], None, ["mail.send"]),
        (None, ["*"], []),
    ],
)
def test_filters(only: Any, exclude: Any, left: list[str]) -> None:
    channels = ["websocket.connect", "websocket.receive", "mail.send", "mail"]
    worker = Worker(make_layer(), only_channels=only, exclude_channels=exclude)
    assert worker.apply_channel_filters(channels) == left


def test_run_listens_on_what_the_filters_leave() -> None:
    seen: list[str] = []

    def consumer(message: Message) -> None:
        seen.append(message.channel.name)
        worker.termed = True

    layer = make_layer([route(["a", "b", "c"], consumer)])
    worker = Worker(layer, signal_handlers=False, only_channels=["b"])
    worked(worker, ("a", {}), ("b", {}), ("c", {}))
    assert seen == ["b"]
    assert {layer.receive_many(["a", "b", "c"])[0] for _ in range(3)} == {"a", "c", None}


# --- the loop ------------------------------------------------------------------------------------


def test_run_until_termed() -> None:
    seen: list[int] = []
    called: list[str] = []

    def consumer(message: Message) -> None:
        assert worker.in_job
        seen.append(message["n"])
        worker.termed = message["n"] == 2

    layer = make_layer([route("a", consumer)])
    worker = Worker(layer, lambda channel, _: called.append(channel), signal_handlers=False)
    worked(worker, *(("a", {"n": n}) for n in range(5)))
    assert (seen, called) == ([0, 1, 2], ["a", "a", "a"])
    assert not worker.in_job


def test_run_waits_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BLOCK", DEADLINE)
    done = threading.Event()

    def consumer(message: Message) -> None:
        done.set()
        worker.termed = True

    worker = Worker(make_layer([route("a", consumer)]), signal_handlers=False)
    wait = in_thread(worker.run)
    worker.channel_layer.send("a", {})
    assert done.wait(DEADLINE)
    wait()


def test_consume_later() -> None:
    seen: list[Any] = []

    def consumer(message: Message) -> None:
        seen.append((message.get("__retries__"), getattr(message, "__doomed__", False)))
        if len(seen) == 4:
            worker.termed = True
        raise ConsumeLater

    worker = Worker(make_layer([route("a", consumer)]), message_retries=3, signal_handlers=False)
    worked(worker, ("a", {}))
    assert seen == [(None, False), (1, False), (2, False), (3, True)]
    assert worker.channel_layer.receive_many(["a"]) == (None, None)


def test_consume_later_to_a_full_channel(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("compat.v2.handover._TRY_PAUSE", 0)

    def consumer(message: Message) -> None:
        worker.termed = True
        worker.channel_layer.send("a", {"n": "in its place"})
        raise ConsumeLater

    worker = Worker(make_layer([route("a", consumer)], capacity=1), signal_handlers=False)
    with caplog.at_level(logging.ERROR):
        worked(worker, ("a", {}))
    assert "a is full" in caplog.text
    assert worker.channel_layer.receive_many(["a"])[1] == {"n": "in its place"}


def test_errors_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def consumer(message: Message) -> None:
        seen.append(message["n"])
        worker.termed = message["n"] == 2
        raise (ValueError, SystemExit, KeyError)[message["n"]]

    worker = Worker(make_layer([route("a", consumer)]), signal_handlers=False)
    worked(worker, *(("a", {"n": n}) for n in range(3)))
    assert seen == [0, 1, 2]
    assert caplog.text.count("Error processing message") == 3


def test_a_layer_that_is_down_ends_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("compat.v0.worker._RETRY_PAUSE", 0)
    seen: list[Any] = []

    def consumer(message: Message) -> None:
        seen.append(message["n"])
        worker.termed = True

    layer = make_layer([route("a", consumer)])
    receive, failures = layer.channel_layer.receive_many, [ConnectionError("no Redis"), OSError("still none")]

    def receive_many(channels: Any, block: bool) -> Any:
        if failures:
            raise failures.pop()
        return receive(channels, block)

    layer.channel_layer.receive_many = receive_many
    worker = Worker(layer, signal_handlers=False)
    worked(worker, ("a", {"n": 1}))
    assert seen == [1]
    assert caplog.text.count("Cannot receive from the channel layer") == 2


def test_signals_around_a_consumer() -> None:
    heard: list[str] = []

    def consumer(message: Message) -> None:
        heard.append("consumer")
        worker.termed = True

    def started(**kwargs: Any) -> None:
        heard.append("started")

    def finished(**kwargs: Any) -> None:
        heard.append("finished")

    consumer_started.connect(started)
    consumer_finished.connect(finished)
    try:
        worker = Worker(make_layer([route("a", consumer)]), signal_handlers=False)
        worked(worker, ("a", {}))
    finally:
        consumer_started.disconnect(started)
        consumer_finished.disconnect(finished)
    assert heard == ["started", "consumer", "finished"]


def test_order_is_not_taken_for_granted() -> None:
    seen: list[bool] = []

    def consumer(message: Message) -> None:
        seen.append(runs_in_order())
        worker.termed = True

    worker = Worker(make_layer([route("websocket.receive", consumer)]), signal_handlers=False)
    worked(worker, ("websocket.receive", {}))
    worker.dispatch("websocket.receive", {}, in_order=True)
    assert seen == [False, True]


# --- its end -------------------------------------------------------------------------------------


@pytest.fixture
def _handlers() -> Iterator[None]:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    yield
    for number, handler in zip((signal.SIGTERM, signal.SIGINT), before):
        signal.signal(number, handler)


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_running_consumer_finish(number: signal.Signals) -> None:
    seen: list[str] = []

    def consumer(message: Message) -> None:
        os.kill(os.getpid(), number)
        seen.append(message["n"])

    layer = make_layer([route("a", consumer)])
    layer.send("a", {"n": "first"})
    layer.send("a", {"n": "second"})
    Worker(layer).run()
    assert seen == ["first"]
    assert layer.receive_many(["a"])[1] == {"n": "second"}


@pytest.mark.usefixtures("_handlers")
def test_a_signal_while_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = make_layer([route("a", lambda message: None)])
    receive_many = layer.receive_many

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return receive_many(*args, **kwargs)

    monkeypatch.setattr(layer, "receive_many", interrupted, raising=False)
    worker = Worker(layer)
    worker.run()
    assert worker.termed


def test_second_signal_while_idle() -> None:
    worker = Worker(make_layer())
    worker.sigterm_handler(None, None)
    with pytest.raises(SystemExit) as ended:
        worker.sigterm_handler(None, None)
    assert ended.value.code == 0


def test_second_signal_while_busy() -> None:
    worker = Worker(make_layer())
    worker.in_job = True
    worker.sigterm_handler(None, None)
    worker.sigterm_handler(None, None)
    assert worker.termed


# --- several -------------------------------------------------------------------------------------


def test_ready() -> None:
    heard: list[Any] = []

    def ready(sender: Any, **kwargs: Any) -> None:
        heard.append(sender)

    worker_ready.connect(ready)
    try:
        group = WorkerGroup(make_layer(), n_threads=3)
        group.ready()
    finally:
        worker_ready.disconnect(ready)
    assert heard == [group, *group.workers]
    assert len(heard) == 3


def test_group_runs_consumers_side_by_side_until_its_end() -> None:
    together = threading.Barrier(3)

    def consumer(message: Message) -> None:
        together.wait(DEADLINE)
        group.sigterm_handler(None, None)

    group = WorkerGroup(make_layer([route("a", consumer)]), signal_handlers=False, n_threads=3)
    assert [worker.signal_handlers for worker in group.workers] == [False, False]
    for _ in range(3):
        group.channel_layer.send("a", {})
    in_thread(group.run)()
    assert not any(thread.is_alive() for thread in group.threads)


# --- channels.worker -----------------------------------------------------------------------------


@pytest.fixture
def channels_worker() -> Any:
    compat.install()
    return importlib.import_module("channels.worker")


@pytest.mark.parametrize(
    ("args", "kwargs", "native"),
    [
        (("application", ["a"], "layer"), {}, True),
        ((), {"application": "application", "channels": ["a"], "channel_layer": "layer"}, True),
        (("application",), {"channels": ["a"], "channel_layer": "layer"}, True),
        ((make_layer(),), {}, False),
        ((None,), {"only_channels": ["a"]}, False),
        ((make_layer(), print), {}, False),
        ((), {"channel_layer": make_layer(), "signal_handlers": False}, False),
    ],
)
def test_worker_of_either_world(channels_worker: Any, args: Any, kwargs: Any, native: bool) -> None:
    class Derived(channels_worker.Worker):  # type: ignore[misc,name-defined]
        pass

    for made in (channels_worker.Worker(*args, **kwargs), Derived(*args, **kwargs)):
        assert hasattr(made, "max_applications") == native
        assert hasattr(made, "message_retries") != native
        assert isinstance(made, Worker)
        assert isinstance(made, channels_worker.StatelessServer)


def test_worker_runs_as_what_it_is(channels_worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    native = channels_worker.Worker("application", ["a"], "layer")
    monkeypatch.setattr(channels_worker.StatelessServer, "run", lambda self: "native")
    assert native.run() == "native"

    def consumer(message: Message) -> None:
        legacy.termed = True

    legacy = channels_worker.Worker(make_layer([route("a", consumer)]), signal_handlers=False)
    worked(legacy, ("a", {}))


def test_channels_own_command_uses_it(channels_worker: Any) -> None:
    command = importlib.import_module("channels.management.commands.runworker").Command
    assert issubclass(command.worker_class, channels_worker.StatelessServer)
