"""The old names in oTree's own modules, added while they are imported.

The folder ``overlay_files`` is put in front of ``otree.channels.__path__``; every file in it calls :func:`complete`.
"""

import importlib
import os
import sys
from importlib.machinery import PathFinder
from typing import Any, Dict

from compat.dropin.overlay import add_names

from . import versions

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "overlay_files")
_CHANNELS = os.path.join(_FOLDER, "channels")

# Module of oTree -> the old name -> the module of ours that has it.
_NAMES: Dict[str, Dict[str, str]] = {
    "otree.channels.routing": {"channel_routing": "compat.otree.routing"},
    "otree.channels.consumers": {"OTreeJsonWebsocketConsumer": "compat.otree.consumers"},
    "otree.channels.utils": dict.fromkeys(
        ("create_session_group_name", "wait_for_session_path", "wait_page_group_name"),
        "compat.otree.names",
    ),
}


def install() -> None:
    """Put the overlay on oTree; modules that somebody has imported already get their names now."""
    otree, channels = importlib.import_module("otree"), importlib.import_module("otree.channels")
    otree.__path__.append(_FOLDER)
    channels.__path__.insert(0, _CHANNELS)
    for name in _NAMES:
        if name in sys.modules:
            _extend(name)


def complete(namespace: Dict[str, Any]) -> None:
    """Run oTree's own code for the module that is being imported, and add its old names.

    Args:
        namespace: the module's globals.
    """
    name: str = namespace["__name__"]
    folders = [folder for folder in sys.modules[name.rpartition(".")[0]].__path__ if folder != _CHANNELS]
    spec = PathFinder.find_spec(name, folders)
    assert spec is not None
    assert spec.loader is not None
    namespace["__file__"] = spec.origin
    exec(spec.loader.get_code(name), namespace)  # type: ignore[attr-defined]
    _extend(name)


def _extend(name: str) -> None:
    module = sys.modules[name]
    add_names(module, _NAMES[name])
    if name == "otree.channels.consumers":
        from .consumers import take_legacy_messages

        take_legacy_messages(versions.base_consumer(module))
    if name == "otree.channels.utils" and versions.paths_take_keywords():
        from .names import take_positions

        take_positions(module)
