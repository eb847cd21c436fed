"""Every difference between oTree 2.3 and 3.4."""

import os
from importlib import import_module
from typing import Any, Dict, FrozenSet, Tuple


def installed() -> Tuple[int, ...]:
    """The version of oTree, as numbers: (3, 4, 0)."""
    text: str = import_module("otree").__version__
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


# --- The processes of a server ----------------------------------------------------------------------


def uses_redis() -> bool:
    """Whether this process is one of several that reach each other through Redis: oTree 2 in production. All that
    oTree 3 serves is served by one process."""
    return installed() < (3,) and bool(os.environ.get("OTREE_USE_REDIS"))


def has_own_server() -> bool:
    """Whether oTree brings a server of its own, hypercorn_otree, and no daphne: 3.4."""
    return installed() >= (3, 4)


def retired_commands() -> Dict[str, str]:
    """Commands of 2.2.4 that this version has no more, and no need of -> what does their work now."""
    if installed() < (3,):
        return {}
    return {
        "botworker": "browser bots run in the web process (otree devserver, otree prodserver)",
        "timeoutworkeronly": "the timeouts of pages are enforced by otree prodserver, or otree prodserver2of2",
    }


def refuses_databases() -> bool:
    """Whether oTree ends when settings.py has DATABASES, before any app is loaded."""
    return installed() >= (3,)


def refused_extensions() -> FrozenSet[str]:
    """The EXTENSION_APPS that oTree ends at, before any app is loaded."""
    return frozenset(("otree_tools", "otree_mturk_utils")) if installed() >= (2, 5) else frozenset()


# --- oTree's own sockets ----------------------------------------------------------------------------


def base_consumer(consumers: Any) -> Any:
    """The class that oTree's own consumers are derived from.

    Args:
        consumers: the module ``otree.channels.consumers``.
    """
    name = "_OTreeAsyncJsonWebsocketConsumer" if installed() >= (2, 5) else "_OTreeJsonWebsocketConsumer"
    return getattr(consumers, name)


def paths_take_keywords() -> bool:
    """Whether the functions for paths in ``otree.channels.utils`` take keywords only."""
    return installed() >= (2, 5)


def wait_pages_know_primary_keys() -> bool:
    """Whether a group's wait page is named after the group's primary key, and not its number in the subsession."""
    return installed() >= (3,)


def common_module() -> str:
    """Where the names of ``otree.common_internal`` are."""
    return "otree.common_internal" if installed() < (2, 5) else "otree.common"


# --- Models that pages share ------------------------------------------------------------------------

# The caches of otree.db.idmap.
IDMAP_CACHES = (
    "groups",
    "participants_by_code",
    "participants_by_id",
    "players_by_id",
    "players_by_participant_round",
    "sessions_by_code",
    "sessions_by_id",
    "subsessions",
)


def idmap_is_shared() -> bool:
    """Whether all threads share one idmap: from 3.2. Before, django-idmap keeps one for each thread."""
    return installed() >= (3, 2)


def shares_memory_database(name: str) -> bool:
    """Whether ``name`` is the database in memory of ``otree devserver`` (from 3.0), which all threads share."""
    return ":memory:" in name and "cache=shared" in name
