"""Names, arguments and their defaults."""

import inspect
from typing import Any, Dict

import pytest
from django.dispatch import Signal
from support.layers import make_layer

import compat.v0
import compat.v0.asgi
import compat.v0.channel
import compat.v0.exceptions
import compat.v0.generic
import compat.v0.generic.websockets
import compat.v0.routing
import compat.v0.signals
import compat.v0.utils
import compat.v0.worker
from compat.v0.routing import null_consumer

from .routes_for_tests import Socket, first


def test_the_package_has_the_names_that_projects_import() -> None:
    assert compat.v0.DEFAULT_CHANNEL_LAYER == "default"
    assert compat.v0.Channel is compat.v0.channel.Channel
    assert compat.v0.Group is compat.v0.channel.Group
    assert compat.v0.route is compat.v0.routing.route
    assert compat.v0.route_class is compat.v0.routing.route_class
    assert compat.v0.include is compat.v0.routing.include
    assert compat.v0.channel_layers is compat.v0.asgi.channel_layers


REQUIRED = inspect.Parameter.empty
SIGNATURES: Dict[str, Any] = {
    "Channel": (compat.v0.Channel, {"name": REQUIRED, "alias": "default", "channel_layer": None}),
    "Group": (compat.v0.Group, {"name": REQUIRED, "alias": "default", "channel_layer": None}),
    "Worker": (
        compat.v0.worker.Worker,
        {
            "channel_layer": REQUIRED,
            "callback": None,
            "message_retries": 10,
            "signal_handlers": True,
            "only_channels": None,
            "exclude_channels": None,
        },
    ),
    "WebsocketConsumer.send": (
        compat.v0.generic.websockets.WebsocketConsumer.send,
        {"self": REQUIRED, "text": None, "bytes": None, "close": False},
    ),
    "WebsocketConsumer.group_send": (
        compat.v0.generic.websockets.WebsocketConsumer.group_send,
        {"name": REQUIRED, "text": None, "bytes": None, "close": False},
    ),
    "JsonWebsocketConsumer.send": (
        compat.v0.generic.websockets.JsonWebsocketConsumer.send,
        {"self": REQUIRED, "content": REQUIRED, "close": False},
    ),
    "JsonWebsocketConsumer.group_send": (
        compat.v0.generic.websockets.JsonWebsocketConsumer.group_send,
        {"name": REQUIRED, "content": REQUIRED, "close": False},
    ),
}


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_arguments_and_defaults(name: str) -> None:
    function, expected = SIGNATURES[name]
    assert {each.name: each.default for each in inspect.signature(function).parameters.values()} == expected


@pytest.mark.parametrize("name", ["ConsumeLater", "ResponseLater", "RequestTimeout", "RequestAborted"])
def test_exceptions_need_no_arguments(name: str) -> None:
    exception = getattr(compat.v0.exceptions, name)
    assert issubclass(exception, Exception)
    with pytest.raises(exception):
        raise exception


@pytest.mark.parametrize("name", ["consumer_started", "consumer_finished", "worker_ready", "worker_process_ready"])
def test_signals_are_signals(name: str) -> None:
    assert isinstance(getattr(compat.v0.signals, name), Signal)


def test_a_finished_consumer_closes_old_connections(monkeypatch):
    from django.db import close_old_connections, connection

    seen = []
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: seen.append(connection.connection))
    finished = compat.v0.signals.consumer_finished
    finished.send(sender=Signal)
    connection.close()
    connection.ensure_connection()
    finished.send(sender=Signal)
    assert seen[-1] is not None
    del seen[:]
    monkeypatch.setattr(finished, "receivers", finished.receivers[:])
    assert finished.disconnect(close_old_connections)
    finished.send(sender=Signal)
    assert seen == []


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (first, first.__module__ + ".first"),
        (Socket, Socket.__module__ + ".Socket"),
        (Socket.as_route, Socket.__module__ + ".Socket"),
        (null_consumer, null_consumer.__module__ + ".null_consumer"),
    ],
)
def test_things_have_names(thing: Any, name: str) -> None:
    assert compat.v0.utils.name_that_thing(thing) == name


def test_an_instance_is_named_by_its_class() -> None:
    class Thing:
        pass

    assert compat.v0.utils.name_that_thing(Thing()) == __name__ + ".Thing"


def test_a_layer_is_wrapped_with_alias_and_routing() -> None:
    layer = make_layer([])
    assert (layer.alias, layer.routing) == ("default", [])
    assert layer.local_only()
    assert (layer.capacity, layer.expiry, layer.group_expiry) == (10, 60, 86400)
    assert list(layer.extensions) == ["groups", "flush"]
    assert str(layer).startswith("default (")
