"""What models and pages of oTree 2.2.4 use of Django 1.11, and Django 2 has taken away."""

import functools
import sys
import warnings
from typing import Any, Type

from django import urls
from django.db import models

from compat.guide import see


def restore() -> None:
    """Let foreign keys do without ``on_delete``, and ``django.core.urlresolvers`` be ``django.urls``."""
    sys.modules.setdefault("django.core.urlresolvers", urls)
    for field in (models.ForeignKey, models.OneToOneField):
        cascade(field)


def cascade(field: Type[Any]) -> None:
    """Make deleting what ``field`` points to delete its owner too if nothing else is said, as Django 1 did.

    Args:
        field: a class of fields that takes ``to`` and ``on_delete`` first.
    """
    native = field.__init__

    @functools.wraps(native)
    def __init__(self: Any, to: Any, on_delete: Any = None, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if on_delete is None:
            warnings.warn(
                f"{field.__name__}({to!r}) without on_delete: Django 2 wants on_delete=models.CASCADE, which is what "
                f"it means here. {see('on-delete')}",
                stacklevel=2,
            )
            on_delete = models.CASCADE
        native(self, to, on_delete, *args, **kwargs)

    field.__init__ = __init__
