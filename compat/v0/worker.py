"""Running consumers: a message comes in, its route is found, its consumer is called."""

import fnmatch
import logging
import multiprocessing
import signal
import sys
import threading
import time
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from compat.v2 import metrics
from compat.v2.handover import put_back

from .asgi import ChannelLayerWrapper
from .exceptions import ConsumeLater
from .message import Message
from .signals import close_connections, consumer_finished, consumer_started, worker_ready
from .utils import name_that_thing

logger = logging.getLogger("django.channels")

# Seconds before the next look at a layer that had nothing.
_IDLE_PAUSE = 0.01
# Seconds between attempts to reach a layer that is down.
_RETRY_PAUSE = 1


# What the consumer of this thread may know of its caller; not on the message, whose attributes are 0.17's.
_running = threading.local()


def runs_in_order() -> bool:
    """Whether the consumer that this thread runs gets its socket's messages one after another anyway."""
    return getattr(_running, "in_order", False)


class Worker:
    """Calls the consumers of one layer. Arguments as channels 0.17.

    Args:
        channel_layer: the layer whose routing is used.
        callback: called with (channel name, message) before each consumer.
        message_retries: how often a message may be put back by ConsumeLater.
        signal_handlers: whether :meth:`run` ends on SIGTERM and SIGINT; only for the main thread.
        only_channels, exclude_channels: patterns (``mail.*``) of the channels that :meth:`run` takes messages from
            and leaves alone.

    Attributes:
        termed: set it, from any thread, to have :meth:`run` end after the message that it is at.
        in_job: whether a message is being handled.
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
        self.termed = False
        self.in_job = False

    # --- one message ---

    def dispatch(
        self, channel: str, content: Dict[Any, Any], in_order: bool = False
    ) -> Optional[Dict[Any, Any]]:
        """Run the consumer for one message in this thread. Never raises an Exception of the consumer's: it
        is logged, as channels 0.17, and the socket stays open.

        Args:
            in_order: whether the caller hands over a socket's messages one after another, as sockets do.

        Returns:
            The content to put at the end of the queue again, when the consumer raised ConsumeLater; else None.
        """
        message = Message(content, channel, self.channel_layer)
        if content.get("__retries__", 0) == self.message_retries:
            message.__doomed__ = True  # type: ignore[attr-defined]
        _running.in_order = in_order and channel.startswith("websocket.")
        match = self.channel_layer.router.match(message)
        if match is None:
            logger.error("Could not find match for message on %s! Check your routing.", channel)
            metrics.count_drop("no route")
            return None
        consumer, kwargs = match
        if self.callback:
            self.callback(channel, message)
        tally, started = metrics.tally(channel), time.perf_counter()
        try:
            consumer_started.send(sender=self.__class__, environ={})
            consumer(message, **kwargs)
        except ConsumeLater:
            return self._again(channel, content)
        except BaseException:  # sys.exit() in a consumer ends no thread, as in 0.17
            tally.errors += 1
            logger.exception("Error processing message with consumer %s:", name_that_thing(consumer))
        else:
            consumer_finished.send(sender=self.__class__)
            return None
        finally:
            tally.add(started)
            _running.in_order = False
        # 0.17 sends no consumer_finished after an error, and so kept broken connections; that is not worth copying.
        close_connections()
        return None

    def _again(self, channel: str, content: Dict[Any, Any]) -> Optional[Dict[Any, Any]]:
        content = {**content, "__retries__": content.get("__retries__", 0) + 1}
        if content["__retries__"] > self.message_retries:
            logger.warning(
                "Exceeded number of retries for message on channel %s: %s", channel, repr(content)[:100]
            )
            metrics.count_drop("too many retries")
            return None
        return content

    # --- a loop of its own ---

    def install_signal_handler(self) -> None:
        """Have SIGTERM and SIGINT call :meth:`sigterm_handler`."""
        signal.signal(signal.SIGTERM, self.sigterm_handler)
        signal.signal(signal.SIGINT, self.sigterm_handler)

    def sigterm_handler(self, signo: Any, stack_frame: Any) -> None:
        """End :meth:`run` when the message that is being handled is done.

        Raises:
            SystemExit: the second signal while idle, since a layer that is down may never answer.
        """
        if self.in_job:
            logger.info("Shutdown signal received while busy, waiting for loop termination")
        elif self.termed:
            sys.exit(0)
        else:
            # 0.17 ended on the spot, and lost the message that the layer was just handing out.
            logger.info("Shutdown signal received while idle, terminating within a second")
        self.termed = True

    def apply_channel_filters(self, channels: Iterable[str]) -> List[str]:
        """Those of ``channels`` that this worker is to listen on."""
        only, exclude = self.only_channels or ["*"], self.exclude_channels or []
        return [
            channel
            for channel in channels
            if any(fnmatch.fnmatchcase(channel, pattern) for pattern in only)
            and not any(fnmatch.fnmatchcase(channel, pattern) for pattern in exclude)
        ]

    def ready(self) -> None:
        """Send ``worker_ready``: all is set up, :meth:`run` comes next."""
        worker_ready.send(sender=self)

    def run(self) -> None:
        """Take messages off the layer and run their consumers until ``termed`` is set."""
        if self.signal_handlers:
            self.install_signal_handler()
        channels = self.apply_channel_filters(self.channel_layer.router.channels)
        logger.info("Listening on channels %s", ", ".join(sorted(channels)))
        while not self.termed:
            channel, content = self._receive(channels)
            if channel is None:
                time.sleep(_IDLE_PAUSE)
                continue
            self.in_job = True
            logger.debug("Got message on %s (reply %s)", channel, content.get("reply_channel", "none"))
            try:
                again = self.dispatch(channel, content)
                if again is not None:
                    put_back(self.channel_layer, channel, again)
            except Exception:
                # What a client may send, as bytes that are no ASCII to a filter, ended 0.17's worker.
                logger.exception("Dropped a message on %s that no consumer could be found for:", channel)
            self.in_job = False

    def _receive(self, channels: List[str]) -> "Tuple[Optional[str], Any]":
        try:
            return self.channel_layer.receive_many(channels, block=True)  # type: ignore[no-any-return]
        except Exception:
            # 0.17's worker ended here; whoever supervised it started the next one, until the layer was back.
            logger.exception("Cannot receive from the channel layer; trying again in %d s.", _RETRY_PAUSE)
            time.sleep(_RETRY_PAUSE)
            return None, None


class WorkerGroup(Worker):
    """Several workers in threads of this process. Arguments as for :class:`Worker`, and ``n_threads``.

    Attributes:
        workers: those beside this one, which runs in the thread that calls :meth:`run`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        others = kwargs.pop("n_threads", multiprocessing.cpu_count()) - 1
        super().__init__(*args, **kwargs)
        kwargs["signal_handlers"] = False
        self.workers = [Worker(*args, **kwargs) for _ in range(others)]

    def sigterm_handler(self, signo: Any, stack_frame: Any) -> None:
        """End all workers, each when the message that it handles is done."""
        logger.info("Shutdown signal received, waiting for all workers to end")
        for worker in (self, *self.workers):
            worker.termed = True

    def ready(self) -> None:
        super().ready()
        for worker in self.workers:
            worker.ready()

    def run(self) -> None:
        self.threads = [threading.Thread(target=worker.run) for worker in self.workers]
        for thread in self.threads:
            thread.start()
        super().run()
        for thread in self.threads:
            thread.join()
