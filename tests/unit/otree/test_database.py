"""Statements on the database in memory that all threads of ``otree devserver`` share."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.utils import ConnectionHandler, OperationalError

from compat.otree import database


def failing(times: int, message: str) -> Any:
    errors = [OperationalError(message)] * times

    def execute(sql: str, params: Any, many: bool, context: Any) -> str:
        if errors:
            raise errors.pop()
        return sql

    return execute


def test_waits_for_a_table_that_another_thread_writes() -> None:
    assert database.wait_for_table(failing(3, "database table is locked: t"), "SELECT 1", (), False, {}) == "SELECT 1"


def test_other_errors_are_raised_at_once() -> None:
    with pytest.raises(OperationalError, match="no such table"):
        database.wait_for_table(failing(1, "no such table: t"), "SELECT 1", (), False, {})


def test_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PATIENCE", 0)
    with pytest.raises(OperationalError, match="locked"):
        database.wait_for_table(failing(10**6, "database table is locked"), "SELECT 1", (), False, {})


@pytest.mark.parametrize(
    ("name", "waits"), [("file::memory:?cache=shared", True), ("db.sqlite3", False), (":memory:", False)]
)
def test_only_on_that_database(name: str, waits: bool) -> None:
    connection = SimpleNamespace(settings_dict={"NAME": name}, execute_wrappers=[])
    database.share(connection)
    database.share(connection)
    assert connection.execute_wrappers == [database.wait_for_table] * waits


def test_reads_what_another_connection_was_just_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file::memory:?cache=shared"}}
    )
    writer = handler["default"]
    writer.ensure_connection()
    with writer.cursor() as cursor:
        cursor.execute("CREATE TABLE written (value int)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO written VALUES (1)")
    refused, found = threading.Event(), []
    monkeypatch.setattr(database.time, "sleep", lambda seconds: refused.set())

    def read() -> None:
        reader = handler["default"]  # this thread's own
        database.share(reader)
        with reader.cursor() as cursor:
            cursor.execute("SELECT value FROM written")
            found.append(cursor.fetchall())
        reader.connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert refused.wait(10)
    with writer.cursor() as cursor:
        cursor.execute("COMMIT")
    thread.join(10)
    writer.connection.close()
    assert found == [[(1,)]]
