"""What class-based consumers cannot do yet. What they can is tested in tests/passthrough, for both stacks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from support.layers import make_layer

from compat.v0.generic.base import BaseConsumer
from compat.v0.message import Message


@pytest.mark.parametrize("attribute", ["channel_session", "channel_session_user"])
def test_a_session_is_refused_and_says_so(attribute: str) -> None:
    called: list[Any] = []

    class Consumer(BaseConsumer):
        method_mapping = {"a": "take"}

        def take(self, message: Message, **kwargs: Any) -> None:
            called.append(message)

    with pytest.raises(ImproperlyConfigured) as caught:
        Consumer.as_route(attrs={attribute: True}).consumer(Message({}, "a", make_layer()))
    assert str(caught.value).startswith("Consumer asks for a channel session, which this version of channels-compat")
    assert str(caught.value).endswith("See migration_guide/errors.md#sessions")
    assert called == []
    Consumer(Message({}, "a", make_layer()))
    assert len(called) == 1
