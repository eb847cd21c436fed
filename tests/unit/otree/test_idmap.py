"""The identity map of oTree 3.2 and later, made one of each thread; that of older versions, emptied."""

from __future__ import annotations

import threading
from collections import defaultdict
from types import ModuleType
from typing import Any, Callable

import pytest
from django.dispatch import Signal

from compat.otree import idmap, versions


def in_thread(function: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def module() -> Any:
    """As otree.db.idmap: functions that use their module's dicts and its flag."""
    made: Any = ModuleType("idmap")
    for name in versions.IDMAP_CACHES:
        setattr(made, name, defaultdict(dict) if name in ("groups", "players_by_id") else {})
    made.is_active = False
    source = """
def flush():
    for cache in (sessions_by_id, groups):
        cache.clear()
def activate():
    global is_active
    is_active = True
def deactivate():
    global is_active
    is_active = False
def use():
    activate()
"""
    exec(source, made.__dict__)
    idmap.separate(made)
    return made


def test_what_one_thread_caches_another_does_not_see(module: Any) -> None:
    module.sessions_by_id[1] = "mine"
    assert in_thread(lambda: module.sessions_by_id.get(1)) is None
    assert module.sessions_by_id.get(1) == "mine"
    assert (1 in module.sessions_by_id, len(module.sessions_by_id), list(module.sessions_by_id)) == (True, 1, [1])


def test_a_dict_with_defaults_keeps_them(module: Any) -> None:
    module.groups["app"][3] = "group"
    assert module.groups["app"] == {3: "group"}
    assert in_thread(lambda: module.groups["app"]) == {}


def test_active_in_one_thread_only(module: Any) -> None:
    module.use()  # by the name that functions of the module know
    assert module.is_active
    assert not in_thread(lambda: module.is_active)
    module.deactivate()
    assert not module.is_active


def test_both_ends_of_a_page_empty_the_cache_of_its_thread(module: Any) -> None:
    in_other_thread = threading.local()

    def page() -> int:
        module.sessions_by_id[2] = "another's"
        in_other_thread.done = True
        module.activate()
        return len(module.sessions_by_id)

    module.sessions_by_id[1] = "mine"
    assert in_thread(page) == 0
    assert module.sessions_by_id[1] == "mine"
    module.deactivate()
    assert len(module.sessions_by_id) == 0


def test_separated_once(module: Any) -> None:
    module.sessions_by_id[1] = "mine"
    idmap.separate(module)
    assert module.sessions_by_id[1] == "mine"


def test_removing_from_a_cache(module: Any) -> None:
    module.sessions_by_id[1] = "mine"
    del module.sessions_by_id[1]
    assert module.sessions_by_id.pop(1, None) is None


def test_older_maps_are_emptied_before_each_consumer() -> None:
    signal, calls = Signal(), []
    idmap.empty(signal, lambda: calls.append("flush"))
    signal.send(sender=None, environ={})
    assert calls == ["flush"]
