"""Channels and groups on a network. Names, errors and the layer in memory are tested in tests/passthrough."""

from __future__ import annotations

from typing import Any

import pytest
from support.network import NetworkLayer, carried

from compat.v0.asgi import ChannelLayerWrapper
from compat.v0.channel import Channel, Group
from compat.v2 import wire
from compat.v2.layers import SynchronousLayer


def layer_on_a_network() -> ChannelLayerWrapper:
    return ChannelLayerWrapper(SynchronousLayer(NetworkLayer()), "default", [])


@pytest.mark.parametrize("name", ["", "a b", "é", "a:b", "a!", "a!b!c", "x" * 101])
def test_bad_names_are_refused_in_the_words_of_the_redis_layer(name: str) -> None:
    layer = layer_on_a_network()
    channel, group, good = Channel(name, "", layer), Group(name, "", layer), Group("g", "", layer)
    for use in (lambda: channel.send({}), lambda: good.add(channel), lambda: good.discard(channel)):
        with pytest.raises(AssertionError, match="^Channel name not valid$"):
            use()
    for use in (lambda: group.send({}), lambda: group.add("a"), lambda: group.discard("a")):
        with pytest.raises(AssertionError, match="^Group name not valid$"):
            use()


@pytest.mark.parametrize("name", ["a", "a!b", "a?b", "a!é", "abc\n", "x" * 100])
def test_good_names_that_today_s_layers_refuse_are_carried_all_the_same(name: str) -> None:
    layer = layer_on_a_network()
    Channel(name, "", layer).send({"n": 1})
    ((stored, queue),) = layer.native.store.queues.items()
    assert stored == wire.network_name(name)
    assert [wire.from_network(carried(event)) for event in queue] == [{"n": 1}]


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({1, 2}, TypeError, "can't serialize"),
        (object(), TypeError, "can't serialize"),
        (1j, TypeError, "can't serialize"),
        (2**64, OverflowError, "Integer value out of range"),
        (-(2**63) - 1, OverflowError, "Integer value out of range"),
        ({(1, 2): 3}, TypeError, "can't serialize"),
        ([{"deep": [object()]}], TypeError, "can't serialize"),
    ],
)
@pytest.mark.parametrize("kind", [Channel, Group])
def test_what_the_network_cannot_carry_is_refused_in_the_call(
    kind: Any, value: Any, error: type[Exception], words: str
) -> None:
    layer = layer_on_a_network()
    with pytest.raises(error, match=words):
        kind("a", "", layer).send({"value": value})
    assert layer.native.store.queues == {}


def test_the_sender_hears_of_a_full_channel() -> None:
    layer = ChannelLayerWrapper(SynchronousLayer(NetworkLayer(capacity=1)), "default", [])
    Channel("a", "", layer).send({})
    with pytest.raises(layer.ChannelFull):
        Channel("a", "", layer).send({})
