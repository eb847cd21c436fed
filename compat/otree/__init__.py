"""What oTree 2.3 to 3.4 needs on top: experiments written for oTree 2.2.4, with consumers of channels 0.17.

Only :mod:`compat.apps` and :mod:`compat.doctor` ask here, and nothing else of this package, nor anything of oTree, is
imported where oTree is not installed as an app.
"""

import importlib.util
import os

import compat
from compat.guide import see


def applies() -> bool:
    """Whether this is an oTree project on the new stack. The settings must be ready."""
    from django.conf import settings

    return "otree" in settings.INSTALLED_APPS and compat.stack() == compat.NEW


def installed_version() -> str:
    """The version of oTree that is installed, or an empty text. Without importing it."""
    spec = importlib.util.find_spec("otree")
    if spec is None or not spec.origin or not os.path.exists(spec.origin):
        return ""
    import re  # not in every interpreter that asks

    with open(spec.origin, encoding="utf-8") as source:
        found = re.search(r"""^__version__ = ['"]([^'"]+)""", source.read(), re.M)
    return found.group(1) if found else ""


def without_channels() -> str:
    """What to say where the installed oTree has neither Django nor channels; empty if that is not so."""
    version = installed_version()
    if not version or int(version.split(".")[0]) < 5:
        return ""
    return (
        f"oTree {version} has neither Django nor channels, so consumers of channels 0.17 cannot run on it: stay on "
        f"oTree 3.4, or rewrite them as live pages. {see('otree-5')}"
    )
