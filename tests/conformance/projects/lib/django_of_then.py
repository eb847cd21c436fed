"""What Django and its users have dropped since, for packages of 2016 to 2019 whose own files stay as they are.

None of it is about channels: whoever moves such a package to a newer Django changes it in these places first.
"""
import sys

import django
import django.dispatch
import django.urls
from django.db import models
from django.utils import encoding


def lend():
    """Fill the gaps; on a Django that has none, nothing happens."""
    if django.VERSION >= (2, 0):
        # Foreign keys cascaded where nothing else was said; with defaults for all behind it, it is the first default.
        for field in (models.ForeignKey, models.OneToOneField):
            field.__init__.__defaults__ = (models.CASCADE,) + field.__init__.__defaults__
        sys.modules["django.core.urlresolvers"] = django.urls
    if django.VERSION >= (3, 0):
        encoding.python_2_unicode_compatible = lambda cls: cls
    if django.VERSION >= (4, 0):
        django.dispatch.Signal = Signal


class Signal(django.dispatch.Signal):
    def __init__(self, providing_args=None, use_caching=False):
        super(Signal, self).__init__(use_caching)
