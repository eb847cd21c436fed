from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest
from django.test.utils import override_settings
from support.django_project import configure

configure()


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
