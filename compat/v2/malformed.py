"""What a server, or a middleware before us, hands over that is not of the form that ASGI gives it."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator

from compat.guide import see


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Around the reading of it.

    Args:
        what: what is read, as ``"a WebSocket's scope"``.

    Raises:
        ValueError: it is of another form; says what.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"The server, or a middleware, has handed over {what} that cannot be read: {error!r}. {see('not-asgi')}"
        ) from error


def text_of(scope: Dict[str, Any], key: str) -> str:
    """A value that must be there, and text: routes match it. LookupError, TypeError: it is not."""
    value = scope[key]
    if not isinstance(value, str):
        raise TypeError(f"{key}={value!r}")
    return value
