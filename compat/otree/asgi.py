"""The ASGI application of an oTree project: ASGI_APPLICATION names ``compat.otree.asgi.application``."""

from importlib import import_module
from typing import Any

from django.conf import settings

from compat.v0 import asgi


def __getattr__(name: str) -> Any:
    if name == "application":
        # Pages and views are modules that may append routes; and their errors should show at start too.
        import_module(settings.ROOT_URLCONF)
        return asgi.get_application()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
