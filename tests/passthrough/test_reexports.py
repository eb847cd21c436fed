"""Names that a module of channels had from another one, on both stacks."""

from typing import Any

import pytest

import compat.v0.asgi
from compat.v0 import Channel
from compat.v0.asgi import ChannelLayerWrapper
from compat.v0.tests.base import InMemoryChannelLayer


def test_the_layer_of_test_cases_can_be_made_by_hand() -> None:
    layer = ChannelLayerWrapper(InMemoryChannelLayer(), "default", [])
    channel = Channel("channel", channel_layer=layer)
    for number in range(10):
        channel.send({"number": number})
    with pytest.raises(layer.ChannelFull):
        channel.send({"number": 10})
    assert layer.receive_many(["channel"]) == ("channel", {"number": 0})


def test_a_router_put_in_the_place_of_the_real_one_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder:
        def __init__(self, routing: Any) -> None:
            self.routing = routing

    monkeypatch.setattr(compat.v0.asgi, "Router", Recorder)
    layer = ChannelLayerWrapper(InMemoryChannelLayer(), "default", ["a route"])
    assert isinstance(layer.router, Recorder)
    assert layer.router.routing == ["a route"]
