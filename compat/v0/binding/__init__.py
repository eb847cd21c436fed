"""Models bound to groups and channels."""

from .base import Binding

__all__ = ["Binding"]
