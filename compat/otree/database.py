"""The database in memory of ``otree devserver`` (oTree 3), used by several threads.

oTree uses it in one thread. Where another one is just writing a table, SQLite does not wait there as it does with a
file, but fails at once: so we wait.
"""

import time
from typing import Any, Callable

from django.db.utils import OperationalError

from . import versions

# Seconds: how long SQLite waits for a file, and our pause between attempts.
_PATIENCE, _PAUSE = 5.0, 0.002


def share(connection: Any, **kwargs: Any) -> None:
    """Receiver of ``connection_created``: have statements on that database wait for each other."""
    name = str(connection.settings_dict["NAME"])
    if versions.shares_memory_database(name) and wait_for_table not in connection.execute_wrappers:
        connection.execute_wrappers.append(wait_for_table)


def wait_for_table(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a statement as soon as no other connection has locked what it needs.

    Raises:
        OperationalError: that took longer than SQLite waits for a file, or it is another error.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)
