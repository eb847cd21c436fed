"""The old import paths on the new stack: ``channels.Group``, ``channels.generic.websockets``, …

A folder put in front of ``channels.__path__`` gives the modules that channels >= 2 has no more, and those it has
under the same name with the old names added. The package itself gets its old names by a module-level
``__getattr__``. Light at import: the start-up hook is in this package.
"""

import os
import sys
from typing import Callable, List, Tuple

_undo: List[Callable[[], None]] = []


def install() -> None:
    """Install the overlay; nothing happens the second time. See :func:`compat.install`."""
    if _undo:
        return
    import channels

    from . import layer_modules, overlay, project

    _undo.append(overlay.install(channels))
    _undo.append(layer_modules.install())
    _undo.append(layer_modules.patch_making_of_layers())
    _undo.append(project.patch_channel_layers())
    _undo.append(project.add_installed_app())
    # Else they cannot be wanted, and the catalogue need not be loaded.
    if os.environ.get("COMPAT_WARN") or sys.warnoptions:
        from compat import deprecation

        deprecation.start()
        _undo.append(deprecation.stop)


def uninstall() -> None:
    """Take everything back that :func:`install` did."""
    while _undo:
        _undo.pop()()


__all__: Tuple[str, ...] = ("install", "uninstall")
