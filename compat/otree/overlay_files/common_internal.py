"""``otree.common_internal``, where oTree has it no more (2.5 and later): most of it is in ``otree.common``."""

from otree.common import *  # noqa: F403
from otree.common import __dict__ as _names

globals().update({name: value for name, value in _names.items() if not name.startswith("__")})
