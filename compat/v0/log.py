"""Logging set-up, as ``runserver`` and ``runworker`` of channels 0.17 did it."""

import logging

handler = logging.StreamHandler()


def setup_logger(name: str, verbosity: int = 1) -> logging.Logger:
    """Send the logger ``name`` and the protocol server's to the terminal.

    Args:
        name: the logger's name, usually ``"django.channels"``.
        verbosity: 1 logs from INFO on, more than 1 from DEBUG on.
    """
    level = logging.DEBUG if verbosity > 1 else logging.INFO
    handler.setFormatter(logging.Formatter("%(asctime)s - %(levelname)s - %(module)s - %(message)s"))
    logger = logging.getLogger(name)
    for each in (logger, *map(logging.getLogger, ("daphne.ws_protocol", "daphne.http_protocol", "daphne.server"))):
        each.setLevel(level)
        each.addHandler(handler)
    logger.propagate = False
    return logger
