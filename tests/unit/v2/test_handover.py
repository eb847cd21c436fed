"""Messages that are put on the layer for a worker process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from support.waiting import in_thread

from compat.v2 import handover
from compat.v2.handover import hand_over
from compat.v2.layers import ChannelFull, MessageTooLarge


class Layer:
    """A layer whose ``send`` fails a few times first."""

    ChannelFull, MessageTooLarge = ChannelFull, MessageTooLarge

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[Any] = []

    def send(self, channel: str, content: Any) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((channel, content))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it has waited each time; no time passes."""
    found: list[float] = []
    monkeypatch.setattr(handover, "time", SimpleNamespace(sleep=found.append))
    return found


def test_it_waits_for_room(pauses: list[float]) -> None:
    layer: Any = Layer(*[ChannelFull("a")] * 7)
    in_thread(hand_over, layer, "a", {"x": 1})()
    assert layer.sent == [("a", {"x": 1})]
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


@pytest.mark.parametrize(("times", "told"), [(13, 0), (14, 1), (40, 1)])
def test_it_says_once_that_nobody_takes_the_messages(
    pauses: list[float], caplog: pytest.LogCaptureFixture, times: int, told: int
) -> None:
    layer: Any = Layer(*[ChannelFull("a")] * times)
    in_thread(hand_over, layer, "a", {})()
    assert layer.sent
    assert caplog.text.count("a has been full for 10 s. Does a runworker process listen on it?") == told


def test_it_waits_for_a_layer_that_is_down(pauses: list[float], caplog: pytest.LogCaptureFixture) -> None:
    layer: Any = Layer(ConnectionError("no Redis"), OSError("still none"))
    in_thread(hand_over, layer, "a", {})()
    assert layer.sent == [("a", {})]
    assert caplog.text.count("Cannot put a message on a; trying again in") == 2


@pytest.mark.parametrize(
    "failure",
    [MessageTooLarge("a"), TypeError(), OverflowError(), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates")],
    ids=repr,
)
def test_what_will_never_fit_is_an_error(pauses: list[float], failure: Exception) -> None:
    layer: Any = Layer(failure)
    with pytest.raises(type(failure)):
        in_thread(hand_over, layer, "a", {})()
    assert pauses == []
