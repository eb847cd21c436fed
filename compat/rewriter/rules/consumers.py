"""Consumers and their routes become native classes; see :mod:`compat.rewriter.native`."""

from ..model import NATIVE

CODE, STAGE = "NA201", NATIVE
ABOUT = "Consumers with their routes become native classes with URLRouter patterns in an ASGI application."
