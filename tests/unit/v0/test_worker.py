"""Running the consumer of one message."""

from __future__ import annotations

import logging
from typing import Any, Callable, Iterator

import pytest
from support.layers import make_layer

from compat.v0 import worker as worker_module
from compat.v0.exceptions import ConsumeLater
from compat.v0.message import Message
from compat.v0.routing import include, route
from compat.v0.signals import consumer_finished, consumer_started
from compat.v0.worker import Worker


def raising(error: BaseException) -> Callable[..., None]:
    def consumer(message: Message) -> None:
        raise error

    return consumer


def worker_with(consumer: Callable[..., Any], **options: Any) -> Worker:
    return Worker(make_layer([route("a", consumer)]), **options)


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """What the signals around consumers said."""
    said: list[Any] = []

    def started(sender: Any, **kwargs: Any) -> None:
        said.append(("started", sender, sorted(set(kwargs) - {"signal"})))

    def finished(sender: Any, **kwargs: Any) -> None:
        said.append(("finished", sender, sorted(set(kwargs) - {"signal"})))

    consumer_started.connect(started)
    consumer_finished.connect(finished)
    yield said
    consumer_started.disconnect(started)
    consumer_finished.disconnect(finished)


def records(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(each.levelno, each.getMessage()) for each in caplog.records if each.name == "django.channels"]


def test_the_consumer_gets_message_and_arguments() -> None:
    seen: list[Any] = []
    layer = make_layer([route("a", lambda message, **kwargs: seen.append((message, kwargs)), path="^/(?P<n>.)")])
    content = {"path": "/5"}
    assert Worker(layer).dispatch("a", content) is None
    ((message, kwargs),) = seen
    assert (message.content is content, message.channel.name, kwargs) == (True, "a", {"n": "5"})
    assert message.channel_layer is layer
    assert not hasattr(message, "__doomed__")


def test_an_included_consumer_sees_the_whole_value() -> None:
    seen: list[Any] = []
    inner = [route("a", lambda message: seen.append(message["path"]), path="^/in$")]
    Worker(make_layer([include(inner, path="^/out")])).dispatch("a", {"path": "/out/in"})
    assert seen == ["/out/in"]


def test_what_a_consumer_returns_is_of_no_interest() -> None:
    assert worker_with(lambda message: {"text": "x"}).dispatch("a", {}) is None


def test_signals_surround_the_consumer(heard: list[Any]) -> None:
    worker_with(lambda message: heard.append("consumer")).dispatch("a", {})
    assert heard == [("started", Worker, ["environ"]), "consumer", ("finished", Worker, [])]


ERRORS = [ValueError("no"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()]


@pytest.mark.parametrize("error", ERRORS, ids=[type(error).__name__ for error in ERRORS])
def test_an_error_is_logged_and_ends_there(
    error: BaseException, heard: list[Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []
    monkeypatch.setattr(worker_module, "close_connections", lambda: closed.append(True))
    consumer = raising(error)
    assert worker_with(consumer).dispatch("a", {}) is None
    assert records(caplog) == [(logging.ERROR, f"Error processing message with consumer {__name__}.consumer:")]
    assert caplog.records[-1].exc_info is not None
    assert caplog.records[-1].exc_info[1] is error
    # As 0.17: no consumer_finished, yet the connections are looked after.
    assert heard == [("started", Worker, ["environ"])]
    assert closed == [True]


def test_a_message_that_no_route_takes_is_logged_and_dropped(
    heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    called: list[Any] = []
    layer = make_layer([route("a", called.append, path="^/x")])
    assert Worker(layer, callback=lambda *given: called.append(given)).dispatch("a", {"path": "/y"}) is None
    assert records(caplog) == [(logging.ERROR, "Could not find match for message on a! Check your routing.")]
    assert (called, heard) == ([], [])


def test_the_callback_comes_before_the_consumer() -> None:
    called: list[Any] = []
    worker = worker_with(
        lambda message: called.append("consumer"),
        callback=lambda channel, message: called.append((channel, type(message), message.content)),
    )
    worker.dispatch("a", {"n": 1})
    assert called == [("a", Message, {"n": 1}), "consumer"]


@pytest.mark.parametrize(("before", "after"), [({}, 1), ({"__retries__": 1}, 2), ({"__retries__": 9}, 10)])
def test_a_message_for_later_is_given_back_and_counted(
    before: dict[str, int], after: int, heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    content = {"n": 1, **before}
    again = worker_with(raising(ConsumeLater())).dispatch("a", content)
    assert again == {"n": 1, "__retries__": after}
    assert records(caplog) == []
    assert heard == [("started", Worker, ["environ"])]


def test_a_consumer_that_always_says_later_runs_eleven_times(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[Any] = []

    def consumer(message: Message) -> None:
        runs.append((message.get("__retries__"), getattr(message, "__doomed__", False)))
        raise ConsumeLater

    worker = worker_with(consumer)
    content: Any = {"n": 1}
    while content is not None:
        content = worker.dispatch("a", content)
    assert runs == [(None, False), *((n, False) for n in range(1, 10)), (10, True)]
    assert records(caplog) == [
        (
            logging.WARNING,
            "Exceeded number of retries for message on channel a: {'n': 1, '__retries__': 11}",
        )
    ]


def test_the_number_of_retries_can_be_chosen() -> None:
    runs: list[bool] = []

    def consumer(message: Message) -> None:
        runs.append(hasattr(message, "__doomed__"))
        raise ConsumeLater

    worker = worker_with(consumer, message_retries=2)
    content: Any = {}
    while content is not None:
        content = worker.dispatch("a", content)
    assert runs == [False, False, True]


def test_a_long_message_is_cut_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    worker_with(raising(ConsumeLater())).dispatch("a", {"__retries__": 10, "text": "x" * 1000})
    ((level, text),) = records(caplog)
    assert level == logging.WARNING
    assert len(text) < 200


def test_what_was_said_before_later_stays_said() -> None:
    layer = make_layer()

    def consumer(message: Message) -> None:
        message.channel_layer.send("b", {"n": 1})
        raise ConsumeLater

    layer.router.add_route(route("a", consumer))
    Worker(layer).dispatch("a", {})
    assert len(layer.native.channels["b"]) == 1
