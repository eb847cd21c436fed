from __future__ import annotations

import logging
from typing import Iterator

import pytest

from compat.v0.log import handler, setup_logger

SERVERS = ("daphne.ws_protocol", "daphne.http_protocol", "daphne.server")
NAME = "django.channels.of.a.test"


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (*SERVERS, NAME)]
    before = [(each.level, list(each.handlers), each.propagate) for each in loggers]
    yield
    for each, (level, handlers, propagate) in zip(loggers, before):
        each.level, each.handlers, each.propagate = level, handlers, propagate


@pytest.mark.parametrize(("verbosity", "level"), [(0, logging.INFO), (1, logging.INFO), (2, logging.DEBUG)])
def test_loggers_write_to_the_terminal(verbosity: int, level: int) -> None:
    logger = setup_logger(NAME, verbosity)
    assert logger is logging.getLogger(NAME)
    assert not logger.propagate
    for each in (logger, *map(logging.getLogger, SERVERS)):
        assert each.level == level
        assert handler in each.handlers


def test_a_second_time_nothing_is_written_twice() -> None:
    setup_logger(NAME)
    assert setup_logger(NAME).handlers == [handler]


def test_a_line_says_when_and_where() -> None:
    setup_logger(NAME)
    record = logging.LogRecord(NAME, logging.INFO, "here.py", 1, "Hello %s", ("you",), None)
    assert handler.format(record).endswith(" - INFO - here - Hello you")
