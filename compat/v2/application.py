"""The ASGI application: sockets with legacy routes are ours, everything else is the project's own."""

import asyncio
import atexit
import fnmatch
import logging
from typing import Any, Awaitable, Callable, Dict, List, Optional, Sequence

from . import metrics, prometheus, settings, versions
from .executor import ThreadPool
from .handover import hand_over
from .http import Request, request_content
from .layers import SynchronousLayer
from .outbox import Outbox
from .service import Service
from .websocket import Socket, connect_content
from .worker import EmbeddedWorker

logger = logging.getLogger("django.channels")

Event = Dict[str, Any]
Content = Dict[Any, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_SOCKET_CHANNELS = ("websocket.connect", "websocket.receive", "websocket.disconnect")


class LegacyApplication:
    """Serves the routes of one channel layer, and falls through to the project's own application.

    Args:
        layer: the layer that consumers send through.
        dispatch: runs the consumer for (channel name, content) in the calling thread; returns content to put at
            the end of the queue again, or None.
        claims: whether a route takes (channel name, content).
        consumed: whether any route listens on a channel name.
        custom_channels: the names of the channels that are neither ``websocket.*`` nor ``http.*``.
        on_ready: called in a thread when this process begins to consume custom channels.

    Attributes:
        left_to_workers: patterns of the channels whose messages worker processes consume instead of this one; as
            the option WORKER_CHANNELS says, unless it is set before the server runs.
    """

    def __init__(
        self,
        layer: SynchronousLayer,
        dispatch: Callable[[str, Content], Optional[Content]],
        claims: Callable[[str, Content], bool],
        consumed: Callable[[str], bool],
        custom_channels: Callable[[], List[str]],
        on_ready: Callable[[], None],
    ) -> None:
        self.layer = layer
        self._dispatch = dispatch
        self._claims = claims
        self._consumed = consumed
        self._custom_channels = custom_channels
        self._on_ready = on_ready
        self._options = settings.options()
        self._protocols = settings.protocols()
        self._pool = ThreadPool(self._options.threads, "compat-consumer")
        self._worker_pool = ThreadPool(self._options.worker_threads, "compat-worker")
        self._native = settings.native_application()
        self._http = versions.single_callable(self._native) if self._native else versions.django_application()
        self._sockets: Optional[versions.Application] = None
        if self._native and versions.serves_websockets(self._native):
            self._sockets = versions.single_callable(self._native)
        self._legacy_sockets: versions.Application = self._socket
        if self._options.allowed_origins:
            self._legacy_sockets = versions.with_origin_check(self._socket, self._options.allowed_origins)
        self.left_to_workers: Sequence[str] = () if layer.local else self._options.worker_channels
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._service: Service
        self._worker: Optional[EmbeddedWorker] = None
        self._watched: metrics.Watched
        if self._options.metrics_path:
            prometheus.register()
        versions.call_when_daphne_runs(self.start)
        atexit.register(self._finish)

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        self.start()
        kind = scope.get("type")
        if kind == "lifespan":
            await self._lifespan(scope, receive, send)
        elif kind == "websocket" and (self._sockets is None or self._is_ours(scope)):
            await self._legacy_sockets(scope, receive, send)
        elif kind == "websocket" and self._sockets is not None:
            await self._sockets(scope, receive, send)
        elif kind == "http" and self._options.metrics_path and scope.get("path") == self._options.metrics_path:
            await prometheus.respond(send)
        elif kind == "http" and (self._consumed("http.request") or self._is_left("http.request")):
            await self._request(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    def start(self) -> None:
        """Begin to consume custom channels on the running event loop; does nothing the second time."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        self._loop = loop
        self.layer.bridge.bind(loop)
        for pool in (self._pool, self._worker_pool):
            pool.bind(loop)
        wakeups, sockets = Outbox(loop), metrics.Sockets()
        self._watched = metrics.Watched(
            self.layer, self._custom_channels, (self._pool.load, self._worker_pool.load), sockets, wakeups
        )
        if self._options.metrics_interval:
            metrics.start_log(self._options.metrics_interval)
        self._service = Service(
            layer=self.layer,
            dispatch=self._hand_over_or_dispatch if self.left_to_workers else self._dispatch,
            consumed=self._consumed,
            pool=self._pool,
            wakeups=wakeups,
            protocols=self._protocols,
            sockets=sockets,
            inbox=self._options.inbox,
            outbox=self._options.outbox,
            http_timeout=self._options.http_timeout,
        )
        if "*" not in self.left_to_workers:
            loop.call_soon(self._start_worker, wakeups)

    def serve_in_development(self, *, left_to_workers: bool, one_at_a_time: bool) -> None:
        """Serve as the flags of ``runserver`` say. To be called before the server runs.

        Args:
            left_to_workers: leave what WORKER_CHANNELS says to worker processes, or all custom channels if it says
                nothing; otherwise everything is consumed in this process.
            one_at_a_time: run all consumers in one thread.
        """
        self.left_to_workers = (self.left_to_workers or self._custom_channels()) if left_to_workers else ()
        if one_at_a_time:
            self._pool = self._worker_pool = ThreadPool(1, "compat-consumer")

    def _start_worker(self, wakeups: Outbox) -> None:
        self._worker = EmbeddedWorker(
            self.layer, self._dispatch, self._worker_pool, wakeups, self._options.worker_threads
        )
        self._worker.start([channel for channel in self._custom_channels() if not self._is_left(channel)])
        self._worker_pool.submit(self._on_ready)

    def _is_left(self, channel: str) -> bool:
        return any(fnmatch.fnmatchcase(channel, pattern) for pattern in self.left_to_workers)

    def _hand_over_or_dispatch(self, channel: str, content: Content) -> Optional[Content]:
        if not self._is_left(channel):
            return self._dispatch(channel, content)
        hand_over(self.layer, channel, content)
        return None

    async def _socket(self, scope: Event, receive: Receive, send: Send) -> None:
        await Socket(self._service, scope, receive, send).run()

    async def _request(self, scope: Event, receive: Receive, send: Send) -> None:
        content = request_content(scope, self.layer.local)
        if self._is_left("http.request") or self._claims("http.request", content):
            await Request(self._service, scope, receive, send).run(content)
        else:
            await self._http(scope, receive, send)

    def _is_ours(self, scope: Event) -> bool:
        content = connect_content(scope, self.layer.local)
        return any(self._claims(channel, content) for channel in _SOCKET_CHANNELS)

    # --- the end of the process ---

    async def _lifespan(self, scope: Event, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive()).get("type")
            if kind == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif kind == "lifespan.shutdown":
                await self.end()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def end(self) -> None:
        """Take no more messages of custom channels, and wait for consumers, up to SHUTDOWN_TIMEOUT."""
        if self._worker is not None:
            await self._worker.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._finish)

    def _finish(self) -> None:
        for pool in (self._pool, self._worker_pool):
            if not pool.drain(self._options.shutdown_timeout):
                logger.warning(
                    "The process ends while consumers still run: they took longer than SHUTDOWN_TIMEOUT (%s s).",
                    self._options.shutdown_timeout,
                )
