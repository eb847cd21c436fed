from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest
from django.test.utils import override_settings
from hypothesis import settings
from support.django_project import configure
from support.redis_server import RedisServer, running

configure()

# The same examples each time: whether a change is good must not be left to chance. `make fuzz` looks for others.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture
def configured() -> Iterator[Callable[..., None]]:
    """Sets Django settings for one test; layers made from other settings are forgotten."""
    from channels.layers import channel_layers as native_layers

    from compat.v0.asgi import channel_layers

    active: list[Any] = []

    def forget() -> None:
        channel_layers.backends.clear()
        native_layers.backends.clear()

    def change(**settings: Any) -> None:
        active.append(override_settings(**settings))
        active[-1].enable()
        forget()

    yield change
    while active:
        active.pop().disable()
    forget()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    pytest.importorskip("channels_redis")
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisServer:
    """An empty redis-server."""
    redis_server.command("FLUSHALL")
    return redis_server
