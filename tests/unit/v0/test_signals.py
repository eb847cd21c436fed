"""Which signal objects there are. That they are sent is tested with the worker."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import Signal
from support.waiting import in_thread

from compat.v0 import signals
from compat.v2 import versions


@pytest.mark.skipif(versions.CHANNELS_MAJOR >= 4, reason="channels 4 has no signals")
def test_channels_own_signals_are_shared() -> None:
    import channels.signals

    assert signals.consumer_started is channels.signals.consumer_started
    assert signals.consumer_finished is channels.signals.consumer_finished


@pytest.mark.skipif(versions.CHANNELS_MAJOR < 4, reason="channels 2 and 3 have signals")
def test_where_channels_has_none_they_are_ours() -> None:
    import importlib.util

    assert not versions.HAS_CHANNELS_SIGNALS
    assert importlib.util.find_spec("channels.signals") is None or not hasattr(signals, "channels")
    assert len({id(getattr(signals, name)) for name in signals.__all__}) == len(signals.__all__)


def close() -> None:
    # The signals of channels 2 and 3 ask Django themselves; there ours is for after an error.
    if versions.HAS_CHANNELS_SIGNALS:
        signals.close_connections()
    else:
        signals.consumer_finished.send(sender=Signal)


def test_django_is_not_asked_in_a_thread_without_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(signals, "close_old_connections", lambda: asked.append(True))

    def consume() -> list[int]:
        counts = []
        for connect in (False, False, True, False):
            if connect:
                connection.ensure_connection()
            close()
            counts.append(len(asked))
        # Not by its own close(), which leaves a database in memory open.
        BaseDatabaseWrapper.close(connection)
        return counts

    assert in_thread(consume)() == [0, 0, 1, 2]


def test_django_is_asked_in_a_thread_that_had_a_connection_before_us(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(signals, "close_old_connections", lambda: asked.append(True))

    def consume() -> None:
        connection.ensure_connection()
        signals._thread.connected = None
        close()
        BaseDatabaseWrapper.close(connection)

    in_thread(consume)()
    assert asked == [True]
