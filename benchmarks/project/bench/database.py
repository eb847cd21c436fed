"""A query that takes five milliseconds, in which other threads can run."""

import time

from django.db import connection
from django.db.backends.signals import connection_created


def _pause(seconds):
    time.sleep(seconds)
    return 0


def _connected(connection, **kwargs):
    connection.connection.create_function("pause", 1, _pause)


connection_created.connect(_connected)


def query():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pause(0.005)")
        cursor.fetchone()
