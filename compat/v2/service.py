"""What all sockets and requests of one event loop share."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional

from .executor import ThreadPool
from .layers import SynchronousLayer
from .metrics import Sockets
from .outbox import Outbox

Content = Dict[Any, Any]


class Service(NamedTuple):
    """What a socket or request needs of the application.

    Attributes:
        layer: the channel layer that consumers send through.
        dispatch: runs the consumer for (channel name, content); returns content to put back, or None.
        consumed: whether any route listens on a channel name.
        pool: the threads that consumers run in.
        wakeups: brings sends of any thread to the event loop.
        protocols: the subprotocols that we speak.
        sockets: those that are open, for the metrics.
        inbox, outbox, http_timeout: see :mod:`compat.v2.settings`.
    """

    layer: SynchronousLayer
    dispatch: Callable[[str, Content], Optional[Content]]
    consumed: Callable[[str], bool]
    pool: ThreadPool
    wakeups: Outbox
    protocols: List[str]
    sockets: Sockets
    inbox: int
    outbox: int
    http_timeout: float = 120.0
