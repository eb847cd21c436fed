"""On the old stack ``compat.v0`` is the real channels package: one alias for all its modules.

Runs on Python 3.6.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Dict, Optional, Sequence

PREFIX = "compat.v0"
TARGET = "channels"


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``compat.v0.X`` as the module object that ``channels.X`` is, so that classes, signals and
    layers exist once whatever name they are imported by."""

    def __init__(self) -> None:
        self._specs: Dict[str, Any] = {}

    def find_spec(
        self, fullname: str, path: Optional[Sequence[Any]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if not fullname.startswith(PREFIX + "."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(TARGET + spec.name[len(PREFIX) :])
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just put our spec on the real module: give its own back.
        for alias, spec in list(self._specs.items()):
            if spec is not None and spec.name == module.__name__:
                module.__spec__ = spec
                del self._specs[alias]


def install() -> None:
    """Make ``compat.v0`` and everything below it an alias of ``channels``."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())
    sys.modules[PREFIX] = importlib.import_module(TARGET)
