"""Names of things, for log lines."""

import inspect
from typing import Any


def name_that_thing(thing: Any) -> str:
    """The dotted name of a function or class; the class's name for an instance or a class method."""
    if inspect.ismethod(thing):
        if inspect.isclass(thing.__self__):
            return name_that_thing(thing.__self__)
        return f"{name_that_thing(type(thing.__self__))}.{thing.__name__}"
    if inspect.isfunction(thing) or inspect.isclass(thing):
        return f"{thing.__module__}.{thing.__name__}"
    return f"{type(thing).__module__}.{type(thing).__name__}"
