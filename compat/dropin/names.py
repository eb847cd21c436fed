"""Which old names live where: the modules of channels 0.17 and their names that old code imports, of the catalogue."""

from typing import Dict, FrozenSet, Tuple

from compat.catalogue import BORROWED, KEPT, LAYER_MODULES, MODULES, NAMES, SHARED_MODULES, shim_of

# Old names that the package itself had, and our module of each. (DEFAULT_CHANNEL_LAYER is still there.)
PACKAGE: Dict[str, str] = {
    name: shim_of(BORROWED[f"channels.{name}"].rpartition(".")[0]) for name in NAMES["channels"]
}

# Modules that old and new channels have (signals, staticfiles: 2 and 3 only): the old names that are added to the
# new module. The packages without any have old modules in them.
SHARED: Dict[str, FrozenSet[str]] = {
    "channels.management": frozenset(),
    "channels.management.commands": frozenset(),
    **{
        module: frozenset(name for name in NAMES[module] if f"{module}.{name}" not in KEPT)
        for module in SHARED_MODULES
    },
}

# Names that mean something in both: module, name -> the module of ours whose ``make_<name in lower case>`` makes of
# channels' own what serves as either.
MERGED: Dict[Tuple[str, str], str] = {("channels.worker", "Worker"): "compat.dropin.worker"}

# Modules that new channels lacks, where ours stand in whole. (In channels management.commands.runserver and runworker
# are, but ours, derived from them, are what old code derives from and patches.)
VANISHED: FrozenSet[str] = MODULES - SHARED_MODULES

__all__ = ("LAYER_MODULES", "MERGED", "PACKAGE", "SHARED", "VANISHED", "shim_of")
