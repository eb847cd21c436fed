"""oTree's base class for consumers, as 2.2.4 had it; legacy messages for oTree's own consumers."""

import logging
from typing import Any, Dict, List

from compat.v0.generic.websockets import JsonWebsocketConsumer
from compat.v0.message import Message
from compat.v2.consumer import LegacyEvents

logger = logging.getLogger("otree.channels.consumers")


def take_legacy_messages(base: Any) -> None:
    """Let oTree's own consumers pass what legacy code sends to their groups on to the page, whose script understands
    the same messages as in 2.2.4.

    Args:
        base: the class that they are derived from.
    """
    base.websocket_send = LegacyEvents.websocket_send


class OTreeJsonWebsocketConsumer(JsonWebsocketConsumer):
    """A socket that belongs to one group and gets the parameters of its path cleaned.

    Override ``clean_kwargs``, ``group_name``, ``post_connect``, ``post_receive`` and ``pre_disconnect``; the last four
    get what ``clean_kwargs`` returns.
    """

    def clean_kwargs(self, **kwargs: Any) -> Dict[str, Any]:
        """What the path's parameters mean; they themselves by default."""
        return kwargs

    def group_name(self, **kwargs: Any) -> str:
        """The group that the socket joins."""
        raise NotImplementedError

    def connection_groups(self, **kwargs: Any) -> List[str]:
        return [self.group_name(**self.clean_kwargs(**kwargs))]

    def raw_connect(self, message: Message, **kwargs: Any) -> None:
        from otree.channels.consumers import InvalidWebSocketParams  # type: ignore[import-not-found]

        try:
            super().raw_connect(message, **kwargs)
        except InvalidWebSocketParams:
            logger.warning("Ignored a socket with wrong parameters: %s", self.path)

    def connect(self, message: Message, **kwargs: Any) -> None:
        self.post_connect(**self.clean_kwargs(**kwargs))

    def post_connect(self, **kwargs: Any) -> None:
        """The socket is open."""

    def receive(self, content: Any, **kwargs: Any) -> None:  # type: ignore[override]
        self.post_receive(content, **self.clean_kwargs(**kwargs))

    def post_receive(self, content: Any, **kwargs: Any) -> None:
        """A frame came in."""

    def disconnect(self, message: Message, **kwargs: Any) -> None:
        self.pre_disconnect(**self.clean_kwargs(**kwargs))

    def pre_disconnect(self, **kwargs: Any) -> None:
        """The socket is closed."""
