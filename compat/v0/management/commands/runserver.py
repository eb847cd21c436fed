"""``manage.py runserver`` under the flags of channels 0.17, serving sockets on every channels."""

import argparse
import datetime
import functools
import logging
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from channels import DEFAULT_CHANNEL_LAYER
from django.conf import settings
from django.core.management.commands.runserver import Command as DjangoRunserver

from compat.guide import see
from compat.v0.asgi import ChannelLayerWrapper, channel_layers
from compat.v0.handler import ViewConsumer
from compat.v0.log import setup_logger
from compat.v0.staticfiles import StaticFilesConsumer
from compat.v0.worker import Worker
from compat.v2 import versions

_Base: Any = versions.runserver_command() or DjangoRunserver

# Seconds; in development 0.17 was less patient than its server otherwise.
_HTTP_TIMEOUT = 60


class Server:
    """The development server. Arguments as those of the server of channels 0.17.

    Args:
        channel_layer: the layer whose routes are served.
        host, port: where to listen.
        signal_handlers: whether to end on SIGTERM and SIGINT.
        action_logger: called with (protocol, action, details) when a request or socket begins or ends.
        http_timeout: seconds after which a request without a response is given up.
        ws_protocols: the subprotocols that the project speaks, which the application knows by itself.

    Attributes:
        native: makes today's server, when it has been told what the old one did not know.
    """

    native: Callable[..., Any]

    def __init__(
        self,
        channel_layer: ChannelLayerWrapper,
        host: str,
        port: int,
        signal_handlers: bool = True,
        action_logger: Optional[Callable[[str, str, Dict[str, Any]], None]] = None,
        http_timeout: Optional[int] = None,
        ws_protocols: Optional[List[str]] = None,
    ) -> None:
        self.channel_layer = channel_layer
        self.host = host
        self.port = port
        self.keywords = {
            "signal_handlers": signal_handlers,
            "action_logger": action_logger,
            "http_timeout": http_timeout,
        }

    def run(self) -> None:
        """Serve until the process is told to end."""
        self.native(**self.keywords).run()


class Command(_Base):  # type: ignore[misc]
    """As the newest ASGI ``runserver`` that is installed, and takes what 0.17's took."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        if _Base is DjangoRunserver:
            parser.add_argument("--noasgi", action="store_false", dest="use_asgi", default=True)
        parser.add_argument(
            "--noworker",
            action="store_false",
            dest="run_worker",
            default=True,
            help="Leave custom channels to runworker processes, and what CHANNELS_COMPAT['WORKER_CHANNELS'] says",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity: int = options.get("verbosity", 1)
        self.logger: logging.Logger = setup_logger("django.channels", self.verbosity)
        super().handle(*args, **options)

    def inner_run(self, *args: Any, **options: Any) -> None:
        if not options.get("use_asgi", True) or DEFAULT_CHANNEL_LAYER not in channel_layers:
            super().inner_run(*args, **{**options, "use_asgi": False})
            return
        if _Base is DjangoRunserver:
            self.stderr.write(
                "This runserver serves no WebSockets, because daphne is not installed: pip install daphne, or "
                f"start uvicorn compat.v0.asgi:application. {see('runserver')}\n"
            )
            super().inner_run(*args, **options)
            return
        self.channel_layer = channel_layers[DEFAULT_CHANNEL_LAYER]
        consumer = self.get_consumer(*args, **options)
        if type(consumer) not in (ViewConsumer, StaticFilesConsumer):
            # Those two do what the server below does without them, faster.
            self.channel_layer.router.check_default(http_consumer=consumer)
        application = self.channel_layer.application
        application.serve_in_development(
            left_to_workers=not options.get("run_worker", True), one_at_a_time=not options.get("use_threading", True)
        )
        self.server_cls: Any = functools.partial(self._make_server, self.server_cls)
        super().inner_run(*args, **options)

    def _make_server(self, native: Callable[..., Any], **keywords: Any) -> Server:
        server = Server(
            channel_layer=self.channel_layer,
            host=self.addr,
            port=int(self.port),
            signal_handlers=keywords.pop("signal_handlers"),
            action_logger=keywords.pop("action_logger"),
            http_timeout=keywords.pop("http_timeout") or _HTTP_TIMEOUT,
            ws_protocols=getattr(settings, "CHANNELS_WS_PROTOCOLS", None),
        )
        server.native = functools.partial(native, **keywords)
        return server

    def get_consumer(self, *args: Any, **options: Any) -> Callable[..., Any]:
        """The consumer of requests that no route takes: Django's views, behind static files in development.

        A subclass may give another one.
        """
        use_static_handler = options.get("use_static_handler", True)
        if use_static_handler and (settings.DEBUG or options.get("insecure_serving", False)):
            return StaticFilesConsumer()
        return ViewConsumer()

    def log_action(self, protocol: str, action: str, details: Dict[str, Any]) -> None:
        """Write a line about a request or socket to the terminal.

        Args:
            protocol: ``"http"`` or ``"websocket"``.
            action: ``"complete"`` for requests; ``"connected"``, ``"disconnected"`` or ``"rejected"`` for sockets.
            details: ``path`` and ``client``; for requests also ``method``, ``status`` and ``time_taken`` (seconds).
        """
        line = ""
        if protocol == "http" and action == "complete":
            line = "HTTP %(method)s %(path)s %(status)s [%(time_taken).2f, %(client)s]\n" % details
            line = self._coloured(line, details["status"])
        elif protocol == "websocket" and action in _SOCKET_ACTIONS:
            line = f"WebSocket {_SOCKET_ACTIONS[action]} %(path)s [%(client)s]\n" % details
        if line:
            sys.stderr.write(f"[{datetime.datetime.now():%Y/%m/%d %H:%M:%S}] {line}")

    def _coloured(self, line: str, status: int) -> str:
        style = self.style
        if status == 304:
            return style.HTTP_NOT_MODIFIED(line)  # type: ignore[no-any-return]
        if status == 404:
            return style.HTTP_NOT_FOUND(line)  # type: ignore[no-any-return]
        by_hundreds = {
            1: style.HTTP_INFO,
            2: style.HTTP_SUCCESS,
            3: style.HTTP_REDIRECT,
            4: style.HTTP_BAD_REQUEST,
        }
        return by_hundreds.get(status // 100, style.HTTP_SERVER_ERROR)(line)  # type: ignore[no-any-return]


_SOCKET_ACTIONS = {"connected": "CONNECT", "disconnected": "DISCONNECT", "rejected": "REJECT"}


class WorkerThread(threading.Thread):
    """A worker in a thread of its own.

    Args:
        channel_layer: the layer whose channels it consumes.
        logger: told when it begins and ends.
    """

    def __init__(self, channel_layer: ChannelLayerWrapper, logger: logging.Logger) -> None:
        super().__init__()
        self.channel_layer = channel_layer
        self.logger = logger

    def run(self) -> None:
        self.logger.debug("A worker begins in a thread")
        worker = Worker(channel_layer=self.channel_layer, signal_handlers=False)
        worker.ready()
        worker.run()
        self.logger.debug("A worker in a thread has ended")
