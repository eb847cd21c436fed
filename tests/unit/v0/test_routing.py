"""What our routing says when something is wrong. What it matches is in tests/passthrough, for both stacks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable

import pytest
from channels.consumer import AsyncConsumer, SyncConsumer
from channels.generic.websocket import AsyncWebsocketConsumer, JsonWebsocketConsumer, WebsocketConsumer
from django.core.exceptions import ImproperlyConfigured
from support.layers import make_layer

from compat.v0.generic.websockets import WebsocketConsumer as LegacyConsumer
from compat.v0.message import Message
from compat.v0.routing import Include, Route, RouteClass, Router, route
from compat.v2 import versions


class NativeConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    pass


def consumer(message: Any, **kwargs: Any) -> None:
    pass


NATIVE = [AsyncConsumer, SyncConsumer, WebsocketConsumer, AsyncWebsocketConsumer, JsonWebsocketConsumer, NativeConsumer]


@pytest.mark.parametrize("native", NATIVE)
@pytest.mark.parametrize("make", [lambda native: route("a", native), RouteClass, lambda native: Router({"a": native})])
def test_a_native_consumer_is_refused_by_name(make: Callable[[Any], Any], native: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        make(native)
    assert str(caught.value) == (
        f"{native.__module__}.{native.__name__} is a consumer of channels {versions.CHANNELS_MAJOR}, and route() "
        "takes those of channels 0.17. Put it into the URLRouter of your ASGI_APPLICATION. "
        "See migration_guide/errors.md#native-in-route"
    )


def test_a_native_consumer_is_refused_by_its_dotted_name() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"NativeConsumer is a consumer of channels"):
        route("a", __name__ + ".NativeConsumer")


@pytest.mark.skipif(not hasattr(AsyncConsumer, "as_asgi"), reason="as_asgi() came with channels 3")
def test_a_native_consumer_is_refused_as_an_application_too() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"is a consumer of channels"):
        route("a", NativeConsumer.as_asgi())


@pytest.mark.parametrize("legacy", [consumer, LegacyConsumer, LegacyConsumer.as_route, object(), lambda message: None])
def test_everything_else_is_taken_for_a_legacy_consumer(legacy: Any) -> None:
    assert Route("a", legacy).consumer == legacy


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "positional-groups": (
        lambda: route("a", consumer, path="(x)"),
        ValueError,
        "only named groups are allowed. Write (?P<name>…) for what the consumer needs and (?:…) for the rest.",
    ),
    "consumer-import": (
        lambda: route("a", "no_such_module.consumer"),
        ImproperlyConfigured,
        "Cannot import consumer 'no_such_module.consumer': No module named 'no_such_module'.",
    ),
    "routing-import": (
        lambda: Router("no_such_module.routing"),
        ImproperlyConfigured,
        "Cannot import channel routing 'no_such_module.routing': No module named 'no_such_module'.",
    ),
    "route-class": (
        lambda: RouteClass(consumer),
        ValueError,
        "Derive it from channels.generic.BaseConsumer, or use route() for a function.",
    ),
}


@pytest.mark.parametrize("anchor", sorted(WRONG))
def test_an_error_says_what_to_do_and_where_to_read_on(anchor: str) -> None:
    make, kind, words = WRONG[anchor]
    with pytest.raises(kind) as caught:
        make()
    assert words in str(caught.value)
    assert str(caught.value).endswith(f" See migration_guide/errors.md#{anchor}")


@pytest.mark.parametrize("make", [Router, lambda name: route("a", name)])
def test_a_name_without_a_module_is_no_dotted_name(make: Callable[[str], Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="^Cannot import .* 'routing': 'routing' is not the dotted name"):
        make("routing")


def test_what_a_routing_module_fails_to_import_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "routing_with_a_bad_import.py").write_text("import vanished_module\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="No module named 'vanished_module'") as caught:
        Include("routing_with_a_bad_import.channel_routing")
    assert isinstance(caught.value.__cause__, ImportError)


def test_any_other_error_of_a_routing_module_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "routing_with_an_error.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ZeroDivisionError):
        Include("routing_with_an_error.channel_routing")
    assert "routing_with_an_error" not in sys.modules


@pytest.mark.parametrize("channels", [b"a", [b"a"], ("a",), {"a"}, (name for name in "a")])
def test_channels_come_in_any_shape(channels: Any) -> None:
    assert route(channels, consumer).channels == ["a"]


def test_a_routing_may_be_any_mapping() -> None:
    layer = make_layer(MappingProxyType({"a": consumer}))
    assert layer.router.match(Message({}, "a", layer)) == (consumer, {})
