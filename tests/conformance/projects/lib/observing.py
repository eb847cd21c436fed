"""How consumers tell the harness what they saw: one JSON line per event, in the order of the events.

The file is shared by all processes of a stack; one os.write of an O_APPEND file keeps lines whole.
"""
import functools
import json
import logging
import os
import time

from values import pack

GATE_DEADLINE = 10.0


def observe(event, **data):
    """Write down that event happened, with data shown type by type."""
    line = json.dumps({"event": event, "data": pack(data)}, sort_keys=True) + "\n"
    descriptor = os.open(os.environ["CONFORMANCE_OBSERVED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode("ascii"))
    finally:
        os.close(descriptor)


def observe_end(event):
    """Write down that the consumer is done with all its decorators, which save sessions last of all."""
    def decorator(consumer):
        @functools.wraps(consumer)
        def inner(message, **kwargs):
            try:
                consumer(message, **kwargs)
            finally:
                observe(event)
        return inner
    return decorator


def wait_for_gate(name):
    """Block until the client script opens the gate; tells whether it did.

    Lets a scenario hold a consumer at a known place without any guess about how long things take.
    """
    path = os.path.join(os.environ["CONFORMANCE_GATES"], name)
    end = time.time() + GATE_DEADLINE
    while not os.path.exists(path):
        if time.time() > end:
            observe("gate never opened", name=name)
            return False
        time.sleep(0.005)
    return True


class ObservingHandler(logging.Handler):
    """Warnings and errors of the framework are part of what a project sees."""

    def emit(self, record):
        error = None
        if record.exc_info and record.exc_info[0]:
            error = "%s: %s" % (record.exc_info[0].__name__, record.exc_info[1])
        observe(
            "log", logger=record.name, level=record.levelname, message=record.getMessage(), error=error,
        )
