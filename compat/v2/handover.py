"""Messages that this process leaves to workers, as 0.17's server left all of them."""

import logging
import time
from typing import Any, Dict

from .layers import SynchronousLayer

logger = logging.getLogger("django.channels")

# Seconds between two attempts: the first pause, and the longest.
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
# Seconds after which it is worth a line in the log that nobody takes the messages.
_PATIENCE = 10.0


def hand_over(layer: SynchronousLayer, channel: str, content: Dict[Any, Any]) -> None:
    """Put a message on ``channel`` for a worker process, waiting while there is no room or no layer.

    0.17's server threw a frame away that found its channel full. Here the consumer thread that has it waits, and
    with it the socket, which is not read from.

    Raises:
        MessageTooLarge: the layer will never take it.
    """
    pause, waited = _PAUSE, 0.0
    while True:
        try:
            layer.send(channel, content)
            return
        except layer.MessageTooLarge:
            raise
        except layer.ChannelFull:
            if waited < _PATIENCE <= waited + pause:
                logger.warning("%s has been full for %d s. Does a runworker process listen on it?", channel, _PATIENCE)
        except Exception:
            logger.exception("Cannot put a message on %s; trying again in %.2f s.", channel, pause)
        time.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)
