"""Layers by alias, and the application."""

from __future__ import annotations

import copy
import inspect
import threading
from typing import Any, Callable

import pytest
from django.core.exceptions import ImproperlyConfigured
from support.layers import make_layer
from support.waiting import in_thread

from compat.v0 import asgi
from compat.v0.asgi import ChannelLayerManager, InvalidChannelLayerError, channel_layers, get_channel_layer
from compat.v2 import versions
from compat.v2.application import LegacyApplication
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer

MEMORY = "asgiref.inmemory.ChannelLayer"
Configure = Callable[..., None]

channel_routing: list[Any] = []


def layers(**default: Any) -> dict[str, Any]:
    return {"default": {"BACKEND": MEMORY, "ROUTING": [], **default}}


def test_a_layer_is_made_once(configured: Configure) -> None:
    configured(CHANNEL_LAYERS=layers())
    first = channel_layers["default"]
    assert channel_layers["default"] is first
    assert isinstance(first.channel_layer, SynchronousLayer)
    assert isinstance(first.channel_layer.native, InMemoryChannelLayer)
    assert first.alias == "default"


def test_threads_that_ask_at_once_get_the_same_layer(configured: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(CHANNEL_LAYERS=layers())
    manager, barrier = ChannelLayerManager(), threading.Barrier(8)
    made: list[str] = []
    again = threading.Event()
    make = ChannelLayerManager.make_backend

    def make_backend(self: ChannelLayerManager, name: str) -> Any:
        made.append(name)
        if len(made) > 1:
            again.set()
        again.wait(0.2)  # for another thread, which must not come
        return make(self, name)

    monkeypatch.setattr(ChannelLayerManager, "make_backend", make_backend)

    def ask() -> Any:
        barrier.wait(10)
        return manager["default"]

    found = [wait() for wait in [in_thread(ask) for _ in range(8)]]
    assert all(each is found[0] for each in found)
    assert made == ["default"]


def test_old_and_native_code_share_the_layer(configured: Configure) -> None:
    from channels.layers import get_channel_layer as native_layer

    configured(CHANNEL_LAYERS=layers())
    assert channel_layers["default"].channel_layer.native is native_layer()


@pytest.mark.parametrize(
    "routing", [channel_routing, {}, f"{__name__}.channel_routing"], ids=["list", "dict", "dotted name"]
)
def test_routing_is_taken_from_the_layer(configured: Configure, routing: Any) -> None:
    configured(CHANNEL_LAYERS=layers(ROUTING=routing))
    assert channel_layers["default"].routing is routing


def test_channel_routing_stands_in_for_a_missing_routing(configured: Configure) -> None:
    configured(CHANNEL_LAYERS={"default": {"BACKEND": MEMORY}}, CHANNEL_ROUTING={"a": "support.urls.page"})
    assert channel_layers["default"].router.channels == {"a"}


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str, str]] = {
    "no layers": ({}, InvalidChannelLayerError, "No BACKEND specified for default.", "no-layers"),
    "another alias": (
        {"other": layers()["default"]},
        InvalidChannelLayerError,
        "No BACKEND specified for default.",
        "no-layers",
    ),
    "no routing": (
        {"default": {"BACKEND": MEMORY}},
        InvalidChannelLayerError,
        'No ROUTING specified for default. Add "ROUTING": "project.routing.channel_routing" (the dotted name of '
        "your list of routes) to CHANNEL_LAYERS['default'].",
        "no-routing",
    ),
    "a routing that cannot be imported": (
        layers(ROUTING="no_such_module.routing"),
        ImproperlyConfigured,
        "Cannot import channel routing 'no_such_module.routing'",
        "routing-import",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_wrong_settings_are_refused_as_before_and_with_advice(configured: Configure, case: str) -> None:
    settings, kind, words, anchor = WRONG[case]
    configured(CHANNEL_LAYERS=settings)
    with pytest.raises(kind) as caught:
        channel_layers["default"]
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith(f"See migration_guide/errors.md#{anchor}")


@pytest.mark.parametrize(
    ("default", "words"),
    [
        ({"ROUTING": []}, "No BACKEND specified for default"),
        ({"BACKEND": "no_such_module.Layer", "ROUTING": []}, "Cannot import BACKEND 'no_such_module.Layer'"),
    ],
)
def test_a_backend_that_is_none_is_refused(configured: Configure, default: Any, words: str) -> None:
    configured(CHANNEL_LAYERS={"default": default})
    with pytest.raises(InvalidChannelLayerError, match="^" + words):
        channel_layers["default"]


def test_the_error_is_a_value_error() -> None:
    assert issubclass(InvalidChannelLayerError, ValueError)


def test_an_alias_is_there_or_not(configured: Configure) -> None:
    configured(CHANNEL_LAYERS=layers())
    assert ("default" in channel_layers, "other" in channel_layers) == (True, False)


def test_a_layer_can_be_put_in_the_place_of_another(configured: Configure) -> None:
    configured(CHANNEL_LAYERS=layers())
    manager, other = ChannelLayerManager(), make_layer()
    assert manager.set("default", other) is None
    assert manager["default"] is other
    assert manager.set("default", None) is other
    assert manager["default"] is not other


def test_get_channel_layer_gives_what_the_wrapper_wraps(configured: Configure) -> None:
    configured(CHANNEL_LAYERS=layers())
    assert get_channel_layer() is channel_layers["default"].channel_layer
    assert get_channel_layer("default") is get_channel_layer()


def test_the_layer_serves_its_own_routing(configured: Configure) -> None:
    configured(CHANNEL_LAYERS=layers())
    layer = get_channel_layer()
    assert isinstance(layer.application, LegacyApplication)
    assert layer.application is layer.application
    assert layer.application.layer is layer
    assert inspect.iscoroutinefunction(type(layer).__call__)


def test_a_wrapper_passes_on_what_it_has_not() -> None:
    layer = make_layer([], capacity=7)
    assert layer.capacity == 7
    assert layer.ChannelFull is SynchronousLayer.ChannelFull
    with pytest.raises(AttributeError, match="no_such_thing"):
        layer.no_such_thing  # noqa: B018
    assert str(layer) == "default (compat.v2.memory.InMemoryChannelLayer)"


def test_a_wrapper_can_be_copied() -> None:
    layer = make_layer()
    assert copy.copy(layer).channel_layer is layer.channel_layer
    assert copy.copy(layer.channel_layer).native is layer.channel_layer.native


def test_the_application_is_made_once_and_in_this_version_s_style(
    configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "_application", None)
    configured(CHANNEL_LAYERS=layers())
    application = asgi.application
    assert asgi.application is application
    if versions.CHANNELS_MAJOR < 3:
        assert inspect.iscoroutinefunction(application({"type": "websocket"}))
    else:
        assert application is get_channel_layer().application


def test_the_module_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="module 'compat.v0.asgi' has no attribute 'no_such_thing'"):
        asgi.no_such_thing  # noqa: B018
