"""Users and sessions, with their tables, in the process that runs the tests."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator


@contextlib.contextmanager
def accounts(**settings: Any) -> Iterator[None]:
    """For the length of a block, ``django.contrib.auth`` and ``.sessions`` are installed; what is written to the
    database is taken back at the end.

    Args:
        settings: other settings to change.
    """
    from channels.layers import channel_layers as native_layers
    from django.core.management import call_command
    from django.db import transaction
    from django.test.utils import override_settings

    from compat.v0.asgi import channel_layers

    settings = {
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "compat",
        ],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        **settings,
    }
    with override_settings(**settings):
        call_command("migrate", verbosity=0)
        for manager in (channel_layers, native_layers):
            manager.backends.clear()
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            for manager in (channel_layers, native_layers):
                manager.backends.clear()
