"""``runserver`` under its old flags, serving sockets on every channels."""

import argparse
from typing import Any

from django.core.management.commands.runserver import Command as DjangoRunserver

from compat.guide import see
from compat.v2 import versions

_Base: Any = versions.runserver_command() or DjangoRunserver


class Command(_Base):  # type: ignore[misc]
    """As the newest ASGI ``runserver`` that is installed, and takes what 0.17's took."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        if _Base is DjangoRunserver:
            parser.add_argument("--noasgi", action="store_false", dest="use_asgi", default=True)

    def inner_run(self, *args: Any, **options: Any) -> None:
        if _Base is DjangoRunserver and options["use_asgi"]:
            self.stderr.write(
                "This runserver serves no WebSockets, because daphne is not installed: pip install daphne, or start "
                f"uvicorn compat.v0.asgi:application. {see('runserver')}\n"
            )
        super().inner_run(*args, **options)
