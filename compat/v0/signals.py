"""Signals around consumers, as channels 0.17.

``consumer_started`` and ``consumer_finished`` are channels' own where it still has them (2 and 3), so
that a receiver hears legacy and native code alike.
"""

import threading
from typing import Any, Optional

from django.db import close_old_connections, connections
from django.db.backends.signals import connection_created
from django.dispatch import Signal

from compat.v2 import versions


class _Thread(threading.local):
    # Whether it has had a connection to a database; None: nobody has looked at what came before us.
    connected: Optional[bool] = None


_thread = _Thread()


def close_connections(**kwargs: Any) -> None:
    """Django's ``close_old_connections``, but for the time that it takes in a thread that never had one."""
    if _thread.connected is None:
        _thread.connected = any(each.connection is not None for each in connections.all())
    if _thread.connected:
        close_old_connections()


def _connected(**kwargs: Any) -> None:
    _thread.connected = True


connection_created.connect(_connected)

if versions.HAS_CHANNELS_SIGNALS:
    from channels.signals import consumer_finished, consumer_started
else:
    consumer_started = Signal()
    consumer_finished = Signal()
    # Its name lets tests take it away for a while by Django's.
    consumer_finished.connect(close_connections, dispatch_uid=id(close_old_connections))

worker_ready = Signal()
worker_process_ready = Signal()

__all__ = ["consumer_finished", "consumer_started", "worker_process_ready", "worker_ready"]
