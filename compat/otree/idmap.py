"""Consumers stay out of the cache of model objects that oTree saves when a page is done.

Pages share their objects through an identity map, and save what is in it at their end. 2.2.4 kept one for each
thread and used it for pages only, so that a consumer always read afresh and saved what it said it saved.
"""

import threading
from importlib import import_module
from types import ModuleType
from typing import Any, Callable, Iterator

from . import versions


def guard(consumer_started: Any) -> None:
    """Give each thread an identity map of its own, and empty it before each consumer.

    Args:
        consumer_started: the signal that is sent in a consumer's thread before it runs.
    """
    if versions.idmap_is_shared():
        separate(import_module("otree.db.idmap"))
    else:
        # Filled in all threads, read in those of pages: it would only grow in ours.
        empty(consumer_started, import_module("idmap").flush)


def empty(consumer_started: Any, flush: Callable[[], Any]) -> None:
    """Call ``flush`` in a consumer's thread before the consumer runs."""

    def before_consumer(**kwargs: Any) -> None:
        flush()

    consumer_started.connect(before_consumer, weak=False, dispatch_uid="compat.otree")


class _State(threading.local):
    active = False


class PerThreadModule(ModuleType):
    """A module whose ``is_active`` is another one in each thread."""

    @property
    def is_active(self) -> bool:
        return self.__dict__["_state"].active  # type: ignore[no-any-return]


class PerThreadDict:
    """Another dict in each thread.

    Args:
        like: whose type the dicts have.
    """

    def __init__(self, like: Any) -> None:
        self._factory = getattr(like, "default_factory", None)
        self._type = type(like)
        self._local = threading.local()

    def _here(self) -> Any:
        try:
            return self._local.dict
        except AttributeError:
            here = self._local.dict = self._type(*([self._factory] if self._factory else []))
            return here

    def __getattr__(self, name: str) -> Any:
        return getattr(self._here(), name)

    def __getitem__(self, key: Any) -> Any:
        return self._here()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._here()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._here()[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._here()

    def __len__(self) -> int:
        return len(self._here())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._here())


def separate(module: ModuleType) -> None:
    """Make oTree's module-wide identity map one of each thread.

    Args:
        module: ``otree.db.idmap`` of 3.2 and later.
    """
    if isinstance(module, PerThreadModule):
        return
    state = _State()

    def activate() -> None:
        module.flush()
        state.active = True

    def deactivate() -> None:
        module.flush()
        state.active = False

    namespace: Any = module.__dict__
    for name in versions.IDMAP_CACHES:
        namespace[name] = PerThreadDict(namespace[name])
    del namespace["is_active"]
    namespace.update(_state=state, activate=activate, deactivate=deactivate)
    module.__class__ = PerThreadModule
