"""Sends to groups outside of consumers go by channels' own layer; see :mod:`compat.rewriter.native.sends`."""

from ..model import NATIVE

CODE, STAGE = "NA203", NATIVE
ABOUT = "Views, signals and tasks send to groups by channels' own layer, with the same event as before."
