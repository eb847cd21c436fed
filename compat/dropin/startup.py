"""Loaded in every interpreter by ``channels_compat.pth``, for what comes before "compat" in INSTALLED_APPS can help.

An old ``asgi.py`` says ``from channels.asgi import get_channel_layer`` before Django is set up, so INSTALLED_APPS
comes too late for the line ``daphne project.asgi:channel_layer``. oTree 5 reads no INSTALLED_APPS at all. This is
asked only for modules that nobody else has found. ``COMPAT_STARTUP=0`` in the environment switches it off.
"""

import os
import sys
from typing import Any


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


class NoChannelsFinder:
    """Says why there is no ``channels`` in oTree 5, when a project of old imports it. Also loads what it finds."""

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname != "channels":
            return None
        from compat import otree

        if not otree.without_channels():
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(fullname, self)  # type: ignore[arg-type]

    def create_module(self, spec):  # type: ignore[no-untyped-def]
        return None

    def exec_module(self, module):  # type: ignore[no-untyped-def]
        from compat import otree

        raise ModuleNotFoundError(otree.without_channels(), name="channels")


class EarlyLayersFinder:
    """Installs compat right after ``channels.layers`` was imported in a project that has it in INSTALLED_APPS.

    An app before it may make a channel layer while it is imported, and not understand the old CHANNEL_LAYERS.
    """

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname != "channels.layers" or "compat.apps" in sys.modules:  # then it is being installed
            return None
        settings = getattr(sys.modules.get("django.conf"), "settings", None)
        if settings is None or not settings.configured or "compat" not in settings.INSTALLED_APPS:
            return None
        from importlib.machinery import PathFinder

        sys.meta_path.remove(self)
        spec: Any = PathFinder.find_spec(fullname, path)
        execute = spec.loader.exec_module

        def execute_and_install(module):  # type: ignore[no-untyped-def]
            execute(module)
            from compat import apps

            apps.install()

        spec.loader.exec_module = execute_and_install
        return spec


if os.environ.get("COMPAT_STARTUP") != "0":
    sys.meta_path.insert(0, EarlyLayersFinder())
    sys.meta_path += [NoChannelsFinder(), VanishedAsgiFinder()]
