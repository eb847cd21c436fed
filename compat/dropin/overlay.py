"""The overlay on the ``channels`` package. The folder ``dropin/channels`` has a file for each old module; every one
of them calls :func:`load`."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, List

from .names import PACKAGE, SHARED, VANISHED, shim_of

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "channels")


def install(channels: ModuleType) -> Callable[[], None]:
    """Put the overlay on ``channels``; returns what takes it off again."""
    undo: List[Callable[[], None]] = [add_names(channels, PACKAGE)]
    channels.__path__.insert(0, _FOLDER)
    undo.append(lambda: channels.__path__.remove(_FOLDER))
    # Imported before us, by somebody who needed channels early: those modules get their names now.
    for name in SHARED:
        module = sys.modules.get(name)
        if module is not None:
            undo.append(_extend(module))
    present = set(sys.modules)

    def uninstall() -> None:
        for step in reversed(undo):
            step()
        for name in (VANISHED | set(SHARED)) - present:
            if sys.modules.pop(name, None) is not None:
                parent, _, child = name.rpartition(".")
                vars(sys.modules.get(parent, channels)).pop(child, None)

    return uninstall


def load(name: str) -> None:
    """Called by the overlay's file for ``name`` while it is imported: put the right module in its place.

    That is ours where channels has none, and channels' own with the old names added where it has one.
    """
    folders = [folder for folder in sys.modules[name.rpartition(".")[0]].__path__ if not folder.startswith(_FOLDER)]
    spec = importlib.machinery.PathFinder.find_spec(name, folders)
    if spec is None or name not in SHARED:
        sys.modules[name] = importlib.import_module(shim_of(name))
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    assert spec.loader is not None
    spec.loader.exec_module(module)
    _extend(module)


def _extend(module: ModuleType) -> Callable[[], None]:
    shim = shim_of(module.__name__)
    undo = [add_names(module, dict.fromkeys(SHARED[module.__name__], shim))]
    folder = os.path.join(_FOLDER, *module.__name__.split(".")[1:])
    if hasattr(module, "__path__") and os.path.isdir(folder):
        path: List[str] = module.__path__  # type: ignore[assignment]
        path.insert(0, folder)
        undo.append(lambda: path.remove(folder))

    def take_off() -> None:
        for step in undo:
            step()

    return take_off


def add_names(module: ModuleType, homes: Dict[str, str]) -> Callable[[], None]:
    """Let ``module`` have the names in ``homes`` (name -> module of ours), imported when they are asked for.

    Names that the module has itself stay its own. Returns what undoes it.
    """
    namespace = module.__dict__
    before: Dict[str, Any] = {key: namespace[key] for key in ("__getattr__", "__dir__") if key in namespace}

    def getattribute(name: str) -> Any:
        if name in homes:
            return getattr(importlib.import_module(homes[name]), name)
        if "__getattr__" in before:
            return before["__getattr__"](name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    def directory() -> Iterable[str]:
        own = before["__dir__"]() if "__dir__" in before else namespace
        return sorted({*own, *homes})

    namespace.update(__getattr__=getattribute, __dir__=directory)

    def remove() -> None:
        for key in ("__getattr__", "__dir__"):
            namespace.pop(key, None)
        namespace.update(before)

    return remove
