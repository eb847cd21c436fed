"""Signals around consumers, as channels 0.17.

``consumer_started`` and ``consumer_finished`` are channels' own where it still has them (2 and 3), so
that a receiver hears legacy and native code alike.
"""

from django.db import close_old_connections
from django.dispatch import Signal

from compat.v2 import versions

if versions.HAS_CHANNELS_SIGNALS:
    from channels.signals import consumer_finished, consumer_started
else:
    consumer_started = Signal()
    consumer_finished = Signal()
    consumer_finished.connect(close_old_connections)

worker_ready = Signal()
worker_process_ready = Signal()

__all__ = ["consumer_finished", "consumer_started", "worker_process_ready", "worker_ready"]
