"""How a legacy message travels on a channel layer of channels >= 2.

A native consumer must be able to take it, so a message is an event with a ``type``: ``websocket.send`` unless
the content brings a type of its own. What a layer cannot carry is refused in the send call, as in 0.17.
"""

import copy
import hashlib
import re
from typing import Any, Dict

from compat.guide import see

SEND = "websocket.send"
GROUP_ADDED = "compat.group_added"
# Marks an event whose type, though it is ours, came with the content.
TYPED = "compat.typed"
# In the names that the facade's new_channel() makes.
NAMED = "!compat."
# How the reply channels of clients end, on layers that keep what comes for them when they have gone.
CLIENT = ".c"

# Counts what went over the network to a reply channel of the sender's own process.
FENCE = "compat.fence"

_TYPE = "type"
_OURS = "compat."
_ITEMS = "compat.items"
_ENVELOPE = "compat.content"
_MAX_INT, _MIN_INT = 2**64 - 1, -(2**63)

CHANNEL_NAME = re.compile(r"^[a-zA-Z\d\-_.]+((\?|\!)[\d\w\-_.]+)?$")
GROUP_NAME = re.compile(r"^[a-zA-Z\d\-_.]+$")


def is_channel_name(name: Any) -> bool:
    """Whether 0.17 took ``name`` for a channel. TypeError for what has no length, as in 0.17."""
    return len(name) <= 100 and isinstance(name, str) and bool(CHANNEL_NAME.match(name))


def is_group_name(name: Any) -> bool:
    """Whether 0.17 took ``name`` for a group. TypeError for what has no length, as in 0.17."""
    return len(name) <= 100 and isinstance(name, str) and bool(GROUP_NAME.match(name))


def network_name(name: str) -> str:
    """``name`` for a layer of channels >= 2, whose rules are narrower: at most 99 characters, no ``?``, and
    after ``!`` only what the layer has named itself."""
    if len(name) < 100 and "?" not in name and NAMED not in name:
        return name
    return "compat." + hashlib.sha256(name.encode()).hexdigest()


class Event(Dict[Any, Any]):
    """A legacy message as an event. Within one process it keeps the very dict that was sent, which is what a
    consumer gets in the end, as with 0.17's layer in memory."""

    __slots__ = ("content",)

    def __init__(self, content: Dict[Any, Any]) -> None:
        super().__init__(content)
        self.content = content
        if _TYPE not in content:
            self[_TYPE] = SEND
        elif _is_send(content[_TYPE]):
            self[TYPED] = True

    def __copy__(self) -> "Event":
        return Event(self.content)

    def __deepcopy__(self, memo: Dict[int, Any]) -> "Event":
        return Event(copy.deepcopy(self.content, memo))


def decode(event: Dict[Any, Any]) -> Dict[Any, Any]:
    """The content of an event that did not leave the process."""
    if isinstance(event, Event):
        return event.content
    return _without_type(event)


def to_network(content: Dict[Any, Any]) -> Dict[Any, Any]:
    """The event that carries ``content`` to another process.

    Content that a native consumer could not read anyway (keys that are no str), or that looks like our own marks,
    which a client may have made a consumer send, travels whole inside an envelope.

    Raises:
        TypeError, OverflowError: as :func:`pack`.
        ValueError: it is too deep.
    """
    try:
        packed = pack(content)
    except RecursionError:
        raise ValueError(f"A message holds itself, or too many dicts and lists in each other. {see('depth')}") from None
    kind = content.get(_TYPE)
    odd = _ITEMS in packed or any(key.startswith(_OURS) for key in content if isinstance(key, str))
    if odd or (_TYPE in content and (not isinstance(kind, str) or kind.startswith(_OURS))):
        return {_TYPE: SEND, _ENVELOPE: packed}
    if _is_send(kind):
        return {**packed, TYPED: True}
    return {_TYPE: SEND, **packed}


def from_network(event: Dict[Any, Any]) -> Dict[Any, Any]:
    """The content that :func:`to_network` was given, tuples as lists; some dict, of an event that has marks of ours and
    is not from there."""
    if _ENVELOPE in event:
        content = unpack(event[_ENVELOPE])
        if isinstance(content, dict):
            return content
    return _without_type(unpack(event))


def _without_type(event: Dict[Any, Any]) -> Dict[Any, Any]:
    if event.get(TYPED) is True:
        return {key: value for key, value in event.items() if key != TYPED}
    if not _is_send(event.get(_TYPE)):
        return event
    return {key: value for key, value in event.items() if key != _TYPE}


def _is_send(kind: Any) -> bool:
    # Not all values can be compared: an array of numpy has no truth.
    return isinstance(kind, str) and kind == SEND


def pack(value: Any) -> Any:
    """``value`` for a layer that serialises with msgpack: what it would refuse or distort is refused here, and
    dicts with keys that are neither str nor bytes, which today's msgpack does not read back, are wrapped.

    Raises:
        TypeError: a value or key that msgpack cannot carry.
        OverflowError: an int beyond 64 bits.
    """
    if value is None or isinstance(value, (str, bytes, bool, float)):
        return value
    if isinstance(value, int):
        if not _MIN_INT <= value <= _MAX_INT:
            raise OverflowError("Integer value out of range")
        return value
    if isinstance(value, (list, tuple)):
        return [pack(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, (tuple, frozenset)) or not isinstance(
                key, (str, bytes, bool, int, float, type(None))
            ):
                raise TypeError(f"can't serialize {key!r} as the key of a dict in a message")
        if all(isinstance(key, (str, bytes)) for key in value) and _ITEMS not in value:
            return {key: pack(item) for key, item in value.items()}
        return {_ITEMS: [[pack(key), pack(item)] for key, item in value.items()]}
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"can't serialize {value!r}")


def unpack(value: Any) -> Any:
    """What :func:`pack` was given, tuples as lists."""
    if isinstance(value, dict):
        if value.keys() == {_ITEMS}:
            try:
                return {unpack(key): unpack(item) for key, item in value[_ITEMS]}
            except (TypeError, ValueError):  # not of our making
                pass
        return {key: unpack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unpack(item) for item in value]
    return value
