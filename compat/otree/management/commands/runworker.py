"""``otree runworker``: the consumers of an oTree project run in the web process, unless the project says otherwise."""

from typing import Any

from compat.guide import see
from compat.v0.management.commands.runworker import Command as RunWorker
from compat.v2.settings import options as compat_options


class Command(RunWorker):
    """As ours; without channel names, and without the option WORKER_CHANNELS, there is nothing to do."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises as the base class."""
        if options.get("channels") or compat_options().worker_channels:
            super().handle(*args, **options)
        else:
            self.stdout.write(
                "otree runworker has nothing to do any more: consumers run in the web process (otree devserver, otree "
                f"prodserver). {see('otree-commands')}"
            )
