"""The metrics of this process for Prometheus, through prometheus_client: ``pip install 'channels-compat[metrics]'``."""

import asyncio
import logging
import threading
from typing import Any, Callable, Iterator, NamedTuple, Optional

from . import metrics
from .metrics import Snapshot

logger = logging.getLogger("django.channels")

PREFIX = "channels_compat_"


class _Family(NamedTuple):
    """One metric: its name, what it says, and its value, or values by ``label``."""

    name: str
    text: str
    value: Callable[[Snapshot], Any]
    label: str = ""
    counter: bool = False


def _consumed(field: int) -> Callable[[Snapshot], Any]:
    return lambda state: {channel: numbers[field] for channel, numbers in state.consumed.items()}


_FAMILIES = (
    _Family("consumed_messages", "Messages that consumers were called with.", _consumed(0), "channel", True),
    _Family("consumer_errors", "Consumers that raised.", _consumed(1), "channel", True),
    _Family("consumer_seconds", "Time spent in consumers.", _consumed(2), "channel", True),
    _Family("dropped_messages", "Messages that nobody will get.", lambda state: state.dropped, "reason", True),
    _Family("sockets", "Open legacy sockets.", lambda state: state.sockets),
    _Family("sockets_opened", "Legacy sockets that were opened.", lambda state: state.sockets_opened, counter=True),
    _Family("frames_received", "Frames from clients.", lambda state: state.frames_received, counter=True),
    _Family("frames_sent", "Frames to clients.", lambda state: state.frames_sent, counter=True),
    _Family("inbox_messages", "Frames that wait for a consumer.", lambda state: state.inbox),
    _Family("longest_inbox_messages", "Those of the socket with most.", lambda state: state.longest_inbox),
    _Family("outbox_messages", "Messages that wait for a client.", lambda state: state.outbox),
    _Family("longest_outbox_messages", "Those of the client with most.", lambda state: state.longest_outbox),
    _Family("consumers_running", "Consumers at work.", lambda state: state.running),
    _Family("jobs_queued", "Sockets and messages that wait for a thread.", lambda state: state.queued),
    _Family("wakeups_queued", "Calls that wait for the event loop.", lambda state: state.wakeups),
    _Family("channel_messages", "Messages that wait in the layer.", lambda state: state.channels, "channel"),
)


class Collector:
    """Gathers the metrics of this process each time that Prometheus asks."""

    def describe(self) -> Iterator[Any]:
        """The metrics without values, so that registering asks no queue."""
        return self._families(None)

    def collect(self) -> Iterator[Any]:
        """The metrics with values."""
        return self._families(metrics.snapshot())

    @staticmethod
    def _families(state: Optional[Snapshot]) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for family in _FAMILIES:
            make = CounterMetricFamily if family.counter else GaugeMetricFamily
            made = make(PREFIX + family.name, family.text, labels=[family.label] if family.label else [])
            if state is not None:
                found = family.value(state)
                for label, value in found.items() if family.label else [(None, found)]:
                    made.add_metric([] if label is None else [label], value)
            yield made


_registered = False
_lock = threading.Lock()


def register() -> None:
    """Put a :class:`Collector` into prometheus_client's registry; does nothing the second time.

    A project that serves that registry itself needs no more than this.
    """
    from prometheus_client import REGISTRY

    global _registered
    with _lock:
        if not _registered:
            REGISTRY.register(Collector())
            _registered = True


async def respond(send: Callable[[Any], Any]) -> None:
    """Answer an HTTP request with what is in prometheus_client's registry.

    Args:
        send: of the ASGI server.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    # In a thread: a layer on the network is asked on this loop.
    body = await asyncio.get_running_loop().run_in_executor(None, generate_latest)
    headers = [(b"content-type", CONTENT_TYPE_LATEST.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(address: str) -> None:
    """Serve the registry from a thread; if the address is taken, say so and go on.

    Args:
        address: ``host:port``.
    """
    from prometheus_client import start_http_server

    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), addr=host)
    except OSError as error:
        # One setting, several workers on a machine: no reason not to work.
        logger.error("CHANNELS_COMPAT['METRICS_ADDRESS']: cannot serve metrics on %s: %s", address, error)
