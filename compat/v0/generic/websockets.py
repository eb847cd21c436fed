"""Class-based consumers for WebSockets."""

import json
from typing import Any, Callable, Dict, List, Optional, Sequence

from ..channel import Group
from ..message import Message
from .base import BaseConsumer


def _frame(text: Optional[str], bytes: Optional[bytes], close: bool) -> Dict[str, Any]:
    content: Dict[str, Any] = {}
    if close:
        content["close"] = True
    if text is not None:
        content["text"] = text
    elif bytes is not None:
        content["bytes"] = bytes
    else:
        raise ValueError("You must pass text or bytes")
    return content


class WebsocketConsumer(BaseConsumer):
    """A socket's consumer: override ``connect``, ``receive`` and ``disconnect``.

    Attributes:
        http_user: whether ``message.user`` is the user of the HTTP session; implies ``channel_session_user``.
        slight_ordering, strict_ordering: accepted and without effect, since a socket's messages always run in order.
        groups: names of the groups that every socket joins.
        path: the path of the socket.
    """

    method_mapping = {
        "websocket.connect": "raw_connect",
        "websocket.receive": "raw_receive",
        "websocket.disconnect": "raw_disconnect",
    }
    http_user = False
    slight_ordering = False
    strict_ordering = False
    groups: Optional[Sequence[str]] = None

    def get_handler(self, message: Message, **kwargs: Any) -> Callable[..., Any]:
        if self.http_user:
            self.channel_session_user = True
        self.path: str = message["path"]
        return super().get_handler(message, **kwargs)

    def connection_groups(self, **kwargs: Any) -> Sequence[str]:
        """The groups that the socket joins when it opens and leaves when it closes."""
        return self.groups or []

    def raw_connect(self, message: Message, **kwargs: Any) -> None:
        """Joins the groups and calls :meth:`connect`."""
        for group in self.connection_groups(**kwargs):
            Group(group, channel_layer=message.channel_layer).add(message.reply_channel)  # type: ignore[arg-type]
        self.connect(message, **kwargs)

    def connect(self, message: Message, **kwargs: Any) -> None:
        """The socket is open."""

    def raw_receive(self, message: Message, **kwargs: Any) -> None:
        """Calls :meth:`receive` with the frame's text or bytes."""
        if "text" in message:
            self.receive(text=message["text"], **kwargs)
        else:
            self.receive(bytes=message["bytes"], **kwargs)

    def receive(self, text: Optional[str] = None, bytes: Optional[bytes] = None, **kwargs: Any) -> None:
        """A frame came in."""

    def send(self, text: Optional[str] = None, bytes: Optional[bytes] = None, close: bool = False) -> None:
        """Send a frame to the client, and close the socket after it if ``close``.

        Raises:
            ValueError: neither text nor bytes given.
        """
        self.message.reply_channel.send(_frame(text, bytes, close))  # type: ignore[union-attr]

    @classmethod
    def group_send(
        cls, name: str, text: Optional[str] = None, bytes: Optional[bytes] = None, close: bool = False
    ) -> None:
        """Send a frame to all members of the group ``name``. Arguments and errors as :meth:`send`."""
        Group(name).send(_frame(text, bytes, close))

    def close(self) -> None:
        """Close the socket."""
        self.message.reply_channel.send({"close": True})  # type: ignore[union-attr]

    def raw_disconnect(self, message: Message, **kwargs: Any) -> None:
        """Leaves the groups and calls :meth:`disconnect`."""
        for group in self.connection_groups(**kwargs):
            Group(group, channel_layer=message.channel_layer).discard(message.reply_channel)  # type: ignore[arg-type]
        self.disconnect(message, **kwargs)

    def disconnect(self, message: Message, **kwargs: Any) -> None:
        """The socket is closed."""


class JsonWebsocketConsumer(WebsocketConsumer):
    """A socket whose frames are JSON texts: ``receive`` gets, and ``send`` takes, what they stand for."""

    def raw_receive(self, message: Message, **kwargs: Any) -> None:
        """Calls :meth:`receive` with the decoded frame.

        Raises:
            ValueError: the frame is binary, or no JSON.
        """
        if "text" not in message:
            raise ValueError("No text section for incoming WebSocket frame!")
        self.receive(json.loads(message["text"]), **kwargs)

    def receive(self, content: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """A frame came in."""

    def send(self, content: Any, close: bool = False) -> None:  # type: ignore[override]
        """Send ``content`` as JSON, and close the socket after it if ``close``.

        Raises:
            TypeError: JSON has no form for ``content``.
        """
        super().send(text=json.dumps(content), close=close)

    @classmethod
    def group_send(cls, name: str, content: Any, close: bool = False) -> None:  # type: ignore[override]
        """Send ``content`` as JSON to all members of the group ``name``. As :meth:`send`."""
        WebsocketConsumer.group_send(name, json.dumps(content), close=close)


__all__: List[str] = ["JsonWebsocketConsumer", "WebsocketConsumer"]
