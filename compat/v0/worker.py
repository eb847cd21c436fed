"""Running consumers: a message comes in, its route is found, its consumer is called."""

import logging
from typing import Any, Callable, Dict, Optional, Sequence

from django.db import close_old_connections

from .asgi import ChannelLayerWrapper
from .exceptions import ConsumeLater
from .message import Message
from .signals import consumer_finished, consumer_started
from .utils import name_that_thing

logger = logging.getLogger("django.channels")


class Worker:
    """Calls the consumers of one layer. Arguments as channels 0.17.

    Args:
        channel_layer: the layer whose routing is used.
        callback: called with (channel name, message) before each consumer.
        message_retries: how often a message may be put back by ConsumeLater.
        signal_handlers, only_channels, exclude_channels: for a worker process.
    """

    def __init__(
        self,
        channel_layer: ChannelLayerWrapper,
        callback: Optional[Callable[[str, Message], Any]] = None,
        message_retries: int = 10,
        signal_handlers: bool = True,
        only_channels: Optional[Sequence[str]] = None,
        exclude_channels: Optional[Sequence[str]] = None,
    ) -> None:
        self.channel_layer = channel_layer
        self.callback = callback
        self.message_retries = message_retries
        self.signal_handlers = signal_handlers
        self.only_channels = only_channels
        self.exclude_channels = exclude_channels

    def dispatch(self, channel: str, content: Dict[Any, Any]) -> Optional[Dict[Any, Any]]:
        """Run the consumer for one message in this thread. Never raises an Exception of the consumer's: it
        is logged, as channels 0.17, and the socket stays open.

        Returns:
            The content to put at the end of the queue again, when the consumer raised ConsumeLater; else None.
        """
        message = Message(content, channel, self.channel_layer)
        if content.get("__retries__", 0) == self.message_retries:
            message.__doomed__ = True  # type: ignore[attr-defined]
        match = self.channel_layer.router.match(message)
        if match is None:
            logger.error("Could not find match for message on %s! Check your routing.", channel)
            return None
        consumer, kwargs = match
        if self.callback:
            self.callback(channel, message)
        try:
            consumer_started.send(sender=self.__class__, environ={})
            consumer(message, **kwargs)
        except ConsumeLater:
            return self._again(channel, content)
        except BaseException:  # sys.exit() in a consumer ends no thread, as in 0.17
            logger.exception("Error processing message with consumer %s:", name_that_thing(consumer))
        else:
            consumer_finished.send(sender=self.__class__)
            return None
        # 0.17 sends no consumer_finished after an error, and so kept broken connections; that is not worth copying.
        close_old_connections()
        return None

    def _again(self, channel: str, content: Dict[Any, Any]) -> Optional[Dict[Any, Any]]:
        content = {**content, "__retries__": content.get("__retries__", 0) + 1}
        if content["__retries__"] > self.message_retries:
            logger.warning(
                "Exceeded number of retries for message on channel %s: %s", channel, repr(content)[:100]
            )
            return None
        return content
