"""``runserver`` under its old flags, serving sockets on every channels."""

import argparse
from typing import Any

from django.core.management.commands.runserver import Command as DjangoRunserver

import compat

if compat.stack() == compat.NEW:
    from compat.guide import see
    from compat.v2 import versions

    _Base: Any = versions.runserver_command() or DjangoRunserver

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
                help="Leave custom channels to runworker processes",
            )

        def inner_run(self, *args: Any, **options: Any) -> None:
            if _Base is DjangoRunserver and options["use_asgi"]:
                self.stderr.write(
                    "This runserver serves no WebSockets, because daphne is not installed: pip install daphne, or "
                    f"start uvicorn compat.v0.asgi:application. {see('runserver')}\n"
                )
            if not options.get("run_worker", True):
                from compat.v0.asgi import get_channel_layer

                get_channel_layer().application.consumes_custom_channels = False
            super().inner_run(*args, **options)

else:
    # On the old stack this is the real one, wherever "compat" stands in INSTALLED_APPS.
    from channels.management.commands.runserver import Command  # type: ignore[no-redef] # noqa: F401
