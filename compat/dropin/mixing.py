"""A legacy consumer in a ``URLRouter`` of channels >= 2 is named when the router is made, not at its first socket."""

import functools
import inspect
import sys
from types import ModuleType
from typing import Any, Callable

from django.core.exceptions import ImproperlyConfigured


def guard(routing: ModuleType) -> Callable[[], None]:
    """Let the ``URLRouter`` of channels' own ``routing`` refuse legacy consumers; returns what undoes it."""
    router: Any = routing.URLRouter
    original = router.__init__

    @functools.wraps(original)
    def __init__(self: Any, routes: Any) -> None:  # noqa: N807 (it replaces that method)
        for route in routes:
            if is_legacy(getattr(route, "callback", None)):
                from compat.v0.routing import legacy_in_url_router

                raise ImproperlyConfigured(legacy_in_url_router(route.callback))
        original(self, routes)

    router.__init__ = __init__

    def remove() -> None:
        router.__init__ = original

    return remove


def is_legacy(callback: Any) -> bool:
    """Whether ``callback`` is surely a consumer of channels 0.17: a class of ours, or a function whose first parameter
    is called ``message``. (ASGI applications have ``scope`` there.)"""
    if inspect.isclass(callback):
        base = sys.modules.get("compat.v0.generic.base")
        return base is not None and issubclass(callback, base.BaseConsumer)
    if not inspect.isfunction(callback) or inspect.iscoroutinefunction(callback):
        return False
    return next(iter(inspect.signature(callback).parameters), "") == "message"
