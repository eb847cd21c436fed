"""channels-compat: Django projects written for channels 0.17 on channels 2, 3 and 4.

This module must stay importable on the old stack (Python 3.6, channels < 2), where everything
below does nothing, and light everywhere: the start-up hook imports it in every interpreter.
"""

import os
import sys

__version__ = "0.1.0"

OLD, NEW, NONE = "old", "new", "none"


def stack() -> str:
    """Which channels is installed here: ``"old"`` (< 2), ``"new"`` (>= 2) or ``"none"``.

    Looks for a file that only channels >= 2 has instead of importing channels, which on the old
    stack would import Django before the project's settings are ready for it.
    """
    import importlib.util

    spec = importlib.util.find_spec("channels")
    if spec is None or not spec.origin:
        return NONE
    return NEW if os.path.exists(os.path.join(os.path.dirname(spec.origin), "layers.py")) else OLD


def install() -> None:
    """Make the import paths, settings and commands of channels 0.17 work on the new stack.

    Done by ``"compat"`` in INSTALLED_APPS, by ``python -m compat run …``, or by hand at the top of
    settings.py, manage.py or asgi.py. May be called any number of times; does nothing on the old stack.

    Raises:
        ImportError: no channels is installed at all.
    """
    installed = stack()
    if installed == NONE:
        raise ImportError(missing())
    if installed == NEW:
        from compat import dropin

        dropin.install()


def missing() -> str:
    """What to say where no channels is installed."""
    from compat import otree

    return otree.without_channels() or (
        "channels-compat needs Django channels, and none is installed. "
        "Install a tested set, for instance: pip install 'channels-compat[channels4]'."
    )


def uninstall() -> None:
    """Undo :func:`install` (for tests). Modules imported meanwhile keep what they imported."""
    dropin = sys.modules.get("compat.dropin")
    if dropin is not None:
        dropin.uninstall()


# Django before 3.2 asks for this name; later ones find apps.py by themselves and warn about it. Which Django there
# is cannot be told yet: the start-up hook imports this module before anybody has imported Django.
_APP_CONFIG = "compat.apps.CompatConfig"

if sys.version_info < (3, 7):
    default_app_config = _APP_CONFIG
else:

    def __getattr__(name: str) -> str:
        if name == "default_app_config":
            import django

            if django.VERSION < (3, 2):
                return _APP_CONFIG
        raise AttributeError("module 'compat' has no attribute %r" % name)
