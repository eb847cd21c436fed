"""The old asgi.py, for servers that import it before anything else has put "compat" in place."""

import compat

compat.install()

from bench.legacy_asgi import channel_layer  # noqa: E402

__all__ = ["channel_layer"]
