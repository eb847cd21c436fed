"""The overlay on the ``channels`` package. The folder ``dropin/channels`` has a file for each old module; every one
of them calls :func:`load`."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, List

from .names import MERGED, PACKAGE, SHARED, VANISHED, shim_of

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
        for child in VANISHED:
            if child.startswith(name + "."):
                # Found by its path, it would be a second module made of the same file.
                sys.modules[child] = importlib.import_module(shim_of(child))
        return
    module = importlib.util.module_from_spec(spec)
    assert spec.loader is not None
    # What importlib sets on a module that it loads: other threads that import it wait for the end.
    spec._initializing = True  # type: ignore[attr-defined]
    try:
        sys.modules[name] = module
        _execute(module, spec.loader)
        _extend(module)
    finally:
        spec._initializing = False  # type: ignore[attr-defined]


def _execute(module: ModuleType, loader: importlib.abc.Loader) -> None:
    """Run the module's own code; if it needs models and Django has not loaded them yet (``channels.auth`` of
    channels 2, which old code imports in models.py), as soon as one of its own names is asked for."""
    from django.core.exceptions import AppRegistryNotReady

    try:
        loader.exec_module(module)
        return
    except AppRegistryNotReady:
        pending = [True]

    def getattribute(name: str) -> Any:
        # What the import system asks for is not worth the attempt.
        if pending and not name.startswith("__"):
            loader.exec_module(module)
            pending.clear()
            if name in module.__dict__:
                return module.__dict__[name]
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    module.__dict__["__getattr__"] = getattribute


def _extend(module: ModuleType) -> Callable[[], None]:
    shim = shim_of(module.__name__)
    undo = [add_names(module, dict.fromkeys(SHARED[module.__name__], shim)), _merge_names(module)]
    folder = os.path.join(_FOLDER, *module.__name__.split(".")[1:])
    if hasattr(module, "__path__") and os.path.isdir(folder):
        path: List[str] = module.__path__  # type: ignore[assignment]
        path.insert(0, folder)
        undo.append(lambda: path.remove(folder))
    if module.__name__ == "channels.routing":
        from .mixing import guard

        undo.append(guard(module))

    def take_off() -> None:
        for step in reversed(undo):
            step()

    return take_off


def _merge_names(module: ModuleType) -> Callable[[], None]:
    """Replace the names of ``module`` that both worlds have, when they are asked for."""
    namespace = module.__dict__
    before = namespace["__getattr__"], namespace["__dir__"]
    own = {name: namespace.pop(name) for owner, name in MERGED if owner == module.__name__}
    made: Dict[str, Any] = {}

    def getattribute(name: str) -> Any:
        if name not in own:
            return before[0](name)
        if name not in made:
            maker = importlib.import_module(MERGED[module.__name__, name])
            made[name] = getattr(maker, "make_" + name.lower())(own[name])
        return made[name]

    namespace.update(__getattr__=getattribute, __dir__=lambda: sorted({*before[1](), *own}))

    def remove() -> None:
        namespace.update(own, __getattr__=before[0], __dir__=before[1])

    return remove


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
