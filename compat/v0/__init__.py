"""The API of channels 0.17, module for module, on channels 2, 3 and 4.

On the old stack this package *is* the installed channels (see ``compat.passthrough``).
"""

import os
import sys

import compat

DEFAULT_CHANNEL_LAYER = "default"

if compat.stack() == compat.OLD:
    from compat import passthrough

    passthrough.install()
elif compat.stack() == compat.NONE:
    raise ImportError(compat.missing())
else:
    # Here too, for an asgi.py that imports from compat.v0 before Django is set up.
    # Else they cannot be wanted, and the catalogue need not be loaded.
    if os.environ.get("COMPAT_WARN") or sys.warnoptions:
        from compat import deprecation

        deprecation.start()
    from .asgi import channel_layers
    from .channel import Channel, Group
    from .routing import include, route, route_class

    __all__ = [
        "DEFAULT_CHANNEL_LAYER",
        "Channel",
        "Group",
        "channel_layers",
        "include",
        "route",
        "route_class",
    ]
