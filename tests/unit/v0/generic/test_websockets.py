"""What is ours alone in WebSocket consumers. The rest is tested in tests/passthrough, for both stacks."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from support.layers import make_layer, take_all

from compat.v0.generic.websockets import WebsocketConsumer
from compat.v0.message import Message


def connect(**attributes: object) -> list[object]:
    layer = make_layer()
    content = {"path": "/", "reply_channel": "reply"}

    class Greeting(WebsocketConsumer):
        def connect(self, message: Message, **kwargs: object) -> None:
            self.send("hello")

    Greeting.as_route(attrs=dict(attributes)).consumer(Message(content, "websocket.connect", layer))
    return list(take_all(layer, "reply"))


def test_a_user_of_the_session_is_refused_and_says_so() -> None:
    with pytest.raises(ImproperlyConfigured, match="migration_guide/errors.md#sessions$"):
        connect(http_user=True)


@pytest.mark.parametrize("attribute", ["slight_ordering", "strict_ordering"])
def test_asking_for_an_order_that_is_kept_anyway_is_harmless(attribute: str) -> None:
    assert connect(**{attribute: True}) == [{"text": "hello"}]
