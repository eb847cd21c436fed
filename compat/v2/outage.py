"""A channel layer on the network that does not answer for a while."""

import asyncio
import logging
from typing import Awaitable, Callable, Optional

from compat.guide import see

logger = logging.getLogger("django.channels")

# Seconds between attempts to reach a layer that is down.
_RETRY_PAUSE = 1


class Outage:
    """Lets all who receive from one layer wait together, and logs each outage once, not once for every socket.

    Args:
        mend: awaited until it raises nothing any more; brings back what the outage may have destroyed.
    """

    def __init__(self, mend: Callable[[], Awaitable[None]]) -> None:
        self._mend = mend
        self._end: Optional[asyncio.Task[None]] = None
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    @property
    def lasts(self) -> bool:
        """Whether the layer did not answer when it was last asked."""
        return self._end is not None and not self._end.done()

    def begin(self, error: Exception) -> "asyncio.Task[None]":
        """Start to try, unless that goes on already. On the event loop.

        Args:
            error: what the layer answered.

        Returns:
            What ends when the layer answers again.
        """
        loop = asyncio.get_running_loop()
        if self._end is None or not self.lasts or self._loop is not loop:
            logger.error(
                "The channel layer does not answer; trying again every %s s. %s",
                _RETRY_PAUSE,
                see("layer-down"),
                exc_info=error,
            )
            self._loop, self._end = loop, loop.create_task(self._try())
        return self._end

    async def _try(self) -> None:
        while True:
            await asyncio.sleep(_RETRY_PAUSE)
            try:
                await self._mend()
            except asyncio.CancelledError:  # an Exception on Python 3.7
                raise
            except Exception as error:
                logger.debug("The channel layer still does not answer: %r", error)
            else:
                logger.warning("The channel layer answers again.")
                return
