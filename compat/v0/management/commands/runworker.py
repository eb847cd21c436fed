"""``manage.py runworker``: a process that consumes the channels of the routing, with the flags of channels 0.17.

With channel names (``runworker CHANNEL…``) it is the command of today's channels, for native consumers.
"""

import argparse
import logging
from typing import Any, Dict, Optional

from channels import DEFAULT_CHANNEL_LAYER
from django.conf import settings
from django.core.management import CommandError

from compat.guide import see
from compat.v0.asgi import InvalidChannelLayerError, channel_layers
from compat.v0.log import setup_logger
from compat.v0.message import Message
from compat.v0.signals import worker_process_ready
from compat.v0.staticfiles import StaticFilesConsumer
from compat.v0.worker import Worker, WorkerGroup
from compat.v2 import metrics, prometheus, versions
from compat.v2 import settings as compat_settings

_Native: Any = versions.native_command("runworker")


class Command(_Native):  # type: ignore[misc]
    """Consumes legacy channels or, when channels are named, native ones."""

    help = "Consume the channels of the routing (as channels 0.17), or the named channels with native consumers."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        for action in parser._actions:
            if action.dest == "channels":  # needed at least one
                action.nargs, action.required = "*", False
                action.help = "Channels whose native consumers to run; none: run the legacy consumers of all channels"
        parser.add_argument(
            "--only-channels",
            action="append",
            dest="only_channels",
            help="Only take messages from this channel; may be a pattern (mail.*), may be given several times",
        )
        parser.add_argument(
            "--exclude-channels",
            action="append",
            dest="exclude_channels",
            help="Take no messages from this channel; may be a pattern, may be given several times",
        )
        parser.add_argument("--threads", type=int, default=1, dest="threads", help="Consumers that may run at a time")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; the consumer that is running then comes to its end.

        Raises:
            CommandError: the layer reaches this process only, or there is no such layer, or no thread.
        """
        if options.get("channels"):
            super().handle(*args, **options)
            return
        self.options = options
        self.verbosity: int = options.get("verbosity", 1)
        self.logger: logging.Logger = setup_logger("django.channels", self.verbosity)
        alias = options.get("layer", DEFAULT_CHANNEL_LAYER)
        try:
            self.channel_layer = channel_layers[alias]
        except InvalidChannelLayerError as error:
            raise CommandError(str(error)) from error
        self.n_threads: int = options.get("threads", 1)
        if self.n_threads < 1:
            raise CommandError(f"--threads must be at least 1, not {self.n_threads}.")
        if self.channel_layer.local_only():
            raise CommandError(
                f"The channel layer {self.channel_layer} is in memory, where no other process can put a message. "
                f"Use asgi_redis.RedisChannelLayer (channels_redis) to have workers. {see('runworker')}"
            )
        if settings.DEBUG:
            self.channel_layer.router.check_default(http_consumer=StaticFilesConsumer())
        else:
            self.channel_layer.router.check_default()
        keywords: Dict[str, Any] = {}
        worker_class = Worker
        if self.n_threads > 1:
            worker_class = WorkerGroup
            keywords["n_threads"] = self.n_threads
        self.callback = self.consumer_called if self.verbosity > 1 else None
        self.logger.info("Worker on channel layer %s, %d consumer(s) at a time", self.channel_layer, self.n_threads)
        worker = worker_class(
            channel_layer=self.channel_layer,
            callback=self.callback,
            only_channels=options.get("only_channels"),
            exclude_channels=options.get("exclude_channels"),
            **keywords,
        )
        self.watched = metrics.Watched(
            self.channel_layer,
            lambda: worker.apply_channel_filters(self.channel_layer.router.channels),
            [lambda: (sum(each.in_job for each in (worker, *getattr(worker, "workers", ()))), 0)],
        )
        self._show_metrics()
        try:
            worker_process_ready.send(sender=worker)
            worker.ready()
            worker.run()
        except KeyboardInterrupt:
            pass

    @staticmethod
    def _show_metrics() -> None:
        wanted = compat_settings.options()
        if wanted.metrics_interval:
            metrics.start_log(wanted.metrics_interval)
        if wanted.metrics_address:
            prometheus.register()
            prometheus.serve(wanted.metrics_address)

    def consumer_called(self, channel: str, message: Optional[Message]) -> None:
        """Called before each consumer at ``--verbosity 2``."""
        self.logger.debug("%s", channel)
