"""``otree runserver`` where oTree has a server of its own (3.4): Django's would serve no sockets."""

import asyncio
from importlib import import_module
from typing import Any

from django.core.management.commands.runserver import Command as DjangoRunserver


class Command(DjangoRunserver):  # type: ignore[misc]
    """Serves with oTree's own server, and reloads as Django's does."""

    help = "Run oTree on the database in the file. Takes the options of the runserver of channels 0.17."

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        # Of the runserver of channels 0.17 and of staticfiles; oTree serves its files and consumes its channels itself.
        for option in ("--noasgi", "--noworker", "--nostatic", "--insecure"):
            parser.add_argument(option, action="store_true")

    def inner_run(self, *args: Any, **options: Any) -> None:
        from django.utils import autoreload

        # If the reloader has an error to show, it is raised here.
        autoreload.raise_last_exception()
        self.check(display_num_errors=True)
        hypercorn = import_module("hypercorn_otree")
        config = hypercorn.Config()
        address = f"[{self.addr}]" if self._raw_ipv6 else self.addr
        config.bind = f"{address}:{self.port}"
        config.loglevel = "warning"
        application = import_module("otree_startup.asgi").application
        self.stdout.write(f"Starting server.\nOpen your browser to http://{address}:{self.port}/")
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)  # the reloader runs us in a thread that has none
        try:
            loop.run_until_complete(import_module("hypercorn_otree.asyncio").serve(application, config))
        except KeyboardInterrupt:
            pass
