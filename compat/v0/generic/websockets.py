"""Class-based consumers for WebSockets."""

import json
from typing import Any, Callable, Dict, List, Optional, Sequence

from django.core.serializers.json import DjangoJSONEncoder

from ..auth import channel_session_user_from_http
from ..channel import Channel, Group
from ..message import Message
from ..sessions import enforce_ordering
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
        slight_ordering, strict_ordering: see :func:`~compat.v0.sessions.enforce_ordering`; needed only where
            messages of one socket run in several workers.
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
        handler = super().get_handler(message, **kwargs)
        if self.http_user:
            handler = channel_session_user_from_http(handler)
        if self.strict_ordering or self.slight_ordering:
            return enforce_ordering(handler, slight=not self.strict_ordering)  # type: ignore[no-any-return]
        return handler

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


class WebsocketDemultiplexer(JsonWebsocketConsumer):
    """A socket that carries several streams. Its frames are ``{"stream": name, "payload": {…}}``; each payload is
    sent on to the channel of its stream, with the socket's reply channel, so that answers find their way back.

    Attributes:
        mapping: name of a stream -> the channel that takes its payloads. No other channel can be reached.
    """

    mapping: Dict[str, str] = {}

    def receive(self, content: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Sends the payload on.

        Raises:
            ValueError: the frame is not of that form, or its stream is not mapped.
            ChannelFull: too many payloads wait for the stream's consumer.
        """
        if not isinstance(content, dict) or not {"stream", "payload"} <= content.keys():
            raise ValueError("Invalid multiplexed frame received (no channel/payload key)")
        if content["stream"] not in self.mapping:
            raise ValueError("Invalid multiplexed frame received (stream not mapped)")
        if not isinstance(content["payload"], dict):
            raise ValueError("Multiplexed frame payload is not a dict")
        # Through the default layer, as 0.17. The reply channel last: a client must not choose it.
        Channel(self.mapping[content["stream"]]).send(
            {**content["payload"], "reply_channel": self.message["reply_channel"]}
        )

    def send(self, stream: str, payload: Any) -> None:  # type: ignore[override]
        """Send ``payload`` to the client on ``stream``."""
        self.message.reply_channel.send(self.encode(stream, payload))  # type: ignore[union-attr]

    @classmethod
    def group_send(  # type: ignore[override]
        cls, name: str, stream: str, payload: Any, close: bool = False
    ) -> None:
        """Send ``payload`` on ``stream`` to all members of the group ``name``, and close them after it if ``close``."""
        message = cls.encode(stream, payload)
        if close:
            message["close"] = True
        Group(name).send(message)

    @classmethod
    def encode(cls, stream: Optional[str], payload: Any) -> Dict[str, Any]:
        """The message that carries ``payload`` on ``stream``; dates, decimals and the like become strings."""
        return {"text": json.dumps({"stream": stream, "payload": payload}, cls=DjangoJSONEncoder)}


__all__: List[str] = ["JsonWebsocketConsumer", "WebsocketConsumer", "WebsocketDemultiplexer"]
