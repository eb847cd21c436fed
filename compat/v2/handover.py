"""Messages that go on to whoever consumes them next: a worker process, or the same consumer, later."""

import logging
import time
from typing import Any, Dict

from . import metrics

logger = logging.getLogger("django.channels")

# Seconds between two attempts to hand a message over: the first pause, and the longest.
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# Seconds after which it is worth a line in the log that nobody takes the messages.
_PATIENCE = 10.0
# As 0.17: how often, and how many seconds apart, a message of ConsumeLater is offered to a full channel.
_TRIES, _TRY_PAUSE = 10, 0.05


def hand_over(layer: Any, channel: str, content: Dict[Any, Any]) -> None:
    """Put a message on ``channel`` for a worker process, waiting while there is no room or no layer.

    0.17's server threw a frame away that found its channel full. Here the consumer thread that has it waits, and
    with it the socket, which is not read from.

    Args:
        layer: anything with ``send``, ``ChannelFull`` and ``MessageTooLarge``.

    Raises:
        MessageTooLarge, TypeError, OverflowError, UnicodeError: the layer will never take it.
    """
    pause, waited = _PAUSE, 0.0
    while True:
        try:
            layer.send(channel, content)
            return
        except (layer.MessageTooLarge, TypeError, OverflowError, UnicodeError):
            raise
        except layer.ChannelFull:
            if waited < _PATIENCE <= waited + pause:
                logger.warning("%s has been full for %d s. Does a runworker process listen on it?", channel, _PATIENCE)
        except Exception:
            logger.exception("Cannot put a message on %s; trying again in %.2f s.", channel, pause)
        time.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)


def put_back(layer: Any, channel: str, content: Dict[Any, Any]) -> None:
    """Put a message at the end of its channel again; if that stays full, the message is dropped, and logged.

    Args:
        layer: anything with ``send`` and ``ChannelFull``.
    """
    for _ in range(_TRIES):
        try:
            layer.send(channel, content)
            return
        except layer.ChannelFull:
            time.sleep(_TRY_PAUSE)
    metrics.count_drop("channel full")
    logger.error("Dropped a message that was to be consumed later: %s is full.", channel)
