"""Loaded in every interpreter by ``channels_compat.pth``.

An old ``asgi.py`` says ``from channels.asgi import get_channel_layer`` before Django is set up, so INSTALLED_APPS
comes too late for the line ``daphne project.asgi:channel_layer``. This is asked only for modules that nobody
else has found. ``COMPAT_STARTUP=0`` in the environment switches it off.
"""

import os
import sys


class VanishedAsgiFinder:
    """Installs compat when the vanished ``channels.asgi`` is imported, and finds it then."""

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname != "channels.asgi":
            return None
        import compat

        if compat.stack() != compat.NEW:
            return None
        compat.install()
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(fullname, sys.modules["channels"].__path__)


if os.environ.get("COMPAT_STARTUP") != "0":
    sys.meta_path.append(VanishedAsgiFinder())
