"""The message that a consumer is called with."""

import copy
from typing import Any, Dict, ItemsView, KeysView, Optional, ValuesView

from .asgi import ChannelLayerWrapper
from .channel import Channel


class Message:
    """One message: a dict of content, the channel it came in on, and the channel to answer on.

    Args:
        content: what was sent.
        channel_name: the channel it came in on.
        channel_layer: the layer it came through; answers go out through it.

    Attributes:
        reply_channel: a :class:`Channel`, or None when the content names none.
    """

    def __init__(self, content: Dict[Any, Any], channel_name: str, channel_layer: ChannelLayerWrapper) -> None:
        self.content = content
        self.channel = Channel(channel_name, channel_layer=channel_layer)
        self.channel_layer = channel_layer
        self.reply_channel: Optional[Channel] = None
        if content.get("reply_channel"):
            self.reply_channel = Channel(content["reply_channel"], channel_layer=channel_layer)

    def __getitem__(self, key: Any) -> Any:
        return self.content[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.content[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self.content

    def keys(self) -> KeysView[Any]:
        return self.content.keys()

    def values(self) -> ValuesView[Any]:
        return self.content.values()

    def items(self) -> ItemsView[Any, Any]:
        return self.content.items()

    def get(self, key: Any, default: Any = None) -> Any:
        return self.content.get(key, default)

    def copy(self) -> "Message":
        """A message whose content can be changed without changing this one's."""
        return self.__class__(copy.deepcopy(self.content), self.channel.name, self.channel_layer)
