"""Settings of oTree 2.2.4 are read as it read them."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable

import pytest
from django.conf import settings

from compat.otree import settings as project_settings
from compat.v2 import settings as compat_settings

REDIS = {"BACKEND": "otree.channels.asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": ["redis://here"]}}
TODAY = {"BACKEND": "channels.layers.InMemoryChannelLayer"}


@pytest.fixture
def adopted(
    otree: Callable[[str], ModuleType], configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    monkeypatch.setattr(compat_settings, "BACKENDS", dict(compat_settings.BACKENDS))
    monkeypatch.setattr(project_settings, "project_routing", None)

    def adopt(version: str, layer: Any, redis: bool = False, **others: Any) -> Any:
        otree(version)
        if redis:
            monkeypatch.setenv("OTREE_USE_REDIS", "1")
        else:
            monkeypatch.delenv("OTREE_USE_REDIS", raising=False)
        configured(CHANNEL_LAYERS={"default": layer}, **others)
        project_settings.adopt()
        return settings.CHANNEL_LAYERS["default"]

    return adopt


def test_the_routing_is_ours_which_serves_the_projects(adopted: Callable[..., Any]) -> None:
    layer = adopted("3.4.0", TODAY, CHANNEL_ROUTING="routing.channel_routing")
    assert layer["ROUTING"] == "compat.otree.routing.served"
    assert project_settings.project_routing == "routing.channel_routing"


def test_the_routing_of_the_layer_comes_first(adopted: Callable[..., Any]) -> None:
    adopted("3.4.0", {**REDIS, "ROUTING": "first"}, CHANNEL_ROUTING="second")
    assert project_settings.project_routing == "first"


def test_without_any_routing_it_is_otrees(adopted: Callable[..., Any]) -> None:
    adopted("3.4.0", TODAY, CHANNEL_ROUTING=None)
    assert project_settings.project_routing == "otree.channels.routing.channel_routing"


@pytest.mark.parametrize(
    ("version", "in_production", "backend"),
    [
        ("2.3.33", True, compat_settings.REDIS_LAYER),
        ("2.3.33", False, compat_settings.MEMORY_LAYER),
        ("2.5.8", True, compat_settings.REDIS_LAYER),
        ("3.0.12", True, compat_settings.MEMORY_LAYER),
        ("3.4.0", False, compat_settings.MEMORY_LAYER),
    ],
)
def test_redis_where_several_processes_serve(
    adopted: Callable[..., Any], version: str, in_production: bool, backend: str
) -> None:
    adopted(version, REDIS, redis=in_production)
    layer = compat_settings.native_layers()["default"]
    assert layer["BACKEND"] == backend
    if backend == compat_settings.REDIS_LAYER:
        assert layer["CONFIG"]["capacity"] == 10000


def test_middleware_classes_are_added_once(adopted: Callable[..., Any]) -> None:
    adopted("3.4.0", TODAY, MIDDLEWARE=["a"], MIDDLEWARE_CLASSES=("a", "b"))
    assert settings.MIDDLEWARE == ["a", "b"]
