"""The commands of oTree 2.2.4 that its later versions have no more, or have without sockets."""

from typing import Any

from django.core.management import BaseCommand, get_commands

from compat.guide import see

from . import versions


class Retired(BaseCommand):  # type: ignore[misc]
    """A command whose work is done elsewhere now. Takes any arguments, says what does it, and ends well, so that the
    process lines of 2.2.4 still run.

    Args:
        name: the command.
        successor: what does its work.
    """

    def __init__(self, name: str, successor: str) -> None:
        super().__init__()
        self.name = name
        self.successor = successor

    def run_from_argv(self, argv: Any) -> None:
        self.handle()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"otree {self.name} has nothing to do any more: {self.successor}. {see('otree-commands')}")


def register() -> None:
    """Add the commands to those that Django, and with it oTree's own command line, knows."""
    commands = get_commands()
    for name, successor in versions.retired_commands().items():
        commands.setdefault(name, Retired(name, successor))
    # What is in these is ours, or was channels' and Django's own.
    if commands.get("runworker") == "compat":
        commands["runworker"] = "compat.otree"
    if versions.has_own_server() and commands.get("runserver") == "compat":
        commands["runserver"] = "compat.otree"
