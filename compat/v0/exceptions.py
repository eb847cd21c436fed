"""Exceptions of channels 0.17 that consumers and views raise."""


class ConsumeLater(Exception):
    """Raised by a consumer to have its message put at the end of the queue again.

    As channels 0.17: at once, at most ten times; ``message["__retries__"]`` counts, and on the last try
    ``message.__doomed__`` is True.
    """


class ResponseLater(Exception):
    """Raised by a view that has left the response to another consumer."""


class RequestTimeout(Exception):
    """The body of a request did not arrive in time."""


class RequestAborted(Exception):
    """The client gave up while the body of its request was being read."""
