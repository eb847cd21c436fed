"""Exceptions of channels 0.17 that consumers, views and requests raise.

RequestTimeout (the body of a request did not arrive in time) and RequestAborted (the client gave up meanwhile) are
channels' own, which has kept them: whoever catches one catches the other.
"""

from channels.exceptions import RequestAborted, RequestTimeout


class ConsumeLater(Exception):
    """Raised by a consumer to have its message put at the end of the queue again.

    As channels 0.17: at once, at most ten times; ``message["__retries__"]`` counts, and on the last try
    ``message.__doomed__`` is True.
    """


class ResponseLater(Exception):
    """Raised by a view that has left the response to another consumer."""


__all__ = ["ConsumeLater", "RequestAborted", "RequestTimeout", "ResponseLater"]
