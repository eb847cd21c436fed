"""What may be handed over at a boundary: mostly right, and anything at all. And what must come of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from compat.guide import see

# Few, and the same each time (tests/unit/conftest.py): tests/faults/fuzz looks for more, with the same tests.
few = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


class Trapped(Exception):
    """Somebody has looked at a :class:`Trap`."""


class Trap:
    """A value that cannot be looked at."""

    def _sprung(self, *_: Any) -> Any:
        raise Trapped

    __bool__ = __eq__ = __len__ = __iter__ = __int__ = __bytes__ = _sprung
    __hash__ = object.__hash__


NO_UNICODE = "half a pair: \ud800"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from([NO_UNICODE, "\0", 2**64, "type", "compat.content", "compat.items", "websocket.send"])
)
def nested(leaves: Any) -> Any:
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(scalars | st.tuples(scalars), inner, max_size=3)
        ),
        max_leaves=6,
    )


anything = nested(scalars | st.builds(object) | st.sampled_from([dict, len, 1j, frozenset((1,))]))


def mostly(right: Any, other: Any = anything) -> Any:
    return st.sampled_from((right, right, right, other)).flatmap(lambda chosen: chosen)


@st.composite
def bent(draw: Any, right: dict[str, Any]) -> dict[Any, Any]:
    """A dict of these keys and values, but for up to two that are missing, not meant to be there, or wrong.

    Args:
        right: key -> strategy for its value.
    """
    found: dict[Any, Any] = draw(st.fixed_dictionaries(right))
    for key in draw(st.lists(st.sampled_from(sorted(right)) | scalars, max_size=2)):
        found.pop(key, None)
        if draw(st.booleans()):
            found[key] = draw(anything)
    return found


@contextmanager
def clearly(*others: type[Exception]) -> Iterator[None]:
    """What goes wrong inside names its section of the guide, or is one of ``others``."""
    try:
        yield
    except others:
        pass
    except Exception as error:
        if see("") not in str(error):
            raise
