"""Channel and Group: what old code sends with."""

from typing import Any, Dict, Optional, Union

from .asgi import DEFAULT_CHANNEL_LAYER, ChannelLayerWrapper, channel_layers


class _Named:
    """A name on a channel layer.

    Args:
        name: bytes are decoded as ASCII. Not checked here but when it is used, as channels 0.17.
        alias: key in CHANNEL_LAYERS.
        channel_layer: a layer to use instead of the one of ``alias``.
    """

    def __init__(
        self,
        name: Union[str, bytes],
        alias: str = DEFAULT_CHANNEL_LAYER,
        channel_layer: Optional[ChannelLayerWrapper] = None,
    ) -> None:
        self.name: str = name.decode("ascii") if isinstance(name, bytes) else name
        self.channel_layer = channel_layer or channel_layers[alias]


class Channel(_Named):
    """A channel that can be sent to by name, from any thread, process or running event loop."""

    def send(self, content: Dict[Any, Any]) -> None:
        """Send ``content`` at once.

        Raises:
            TypeError: ``content`` is no dict, or holds something that the layer cannot carry.
            AssertionError: the channel's name is not valid.
            channel_layer.ChannelFull: too many messages wait on the channel.
        """
        if not isinstance(content, dict):
            raise TypeError("You can only send dicts as content on channels.")
        self.channel_layer.send(self.name, content)

    def __str__(self) -> str:
        return self.name


class Group(_Named):
    """A set of channels that are sent to together."""

    def add(self, channel: Union[Channel, str]) -> None:
        """Make ``channel`` (a Channel or a name) a member.

        Raises:
            AssertionError: one of the names is not valid.
        """
        self.channel_layer.group_add(self.name, channel.name if isinstance(channel, Channel) else channel)

    def discard(self, channel: Union[Channel, str]) -> None:
        """Take ``channel`` out of the group; no error if it was not in it. Raises as :meth:`add`."""
        self.channel_layer.group_discard(
            self.name, channel.name if isinstance(channel, Channel) else channel
        )

    def send(self, content: Dict[Any, Any]) -> None:
        """Send ``content`` to every member at once. Members whose channel is full miss it; that is
        counted and logged.

        Raises:
            ValueError: ``content`` is no dict.
            TypeError: ``content`` holds something that the layer cannot carry.
            AssertionError: the group's name is not valid.
        """
        if not isinstance(content, dict):
            raise ValueError("You can only send dicts as content on channels.")
        self.channel_layer.send_group(self.name, content)
