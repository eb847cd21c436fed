"""The AppConfig of channels, which is the installed channels' own. What it did in 0.17, ``compat.apps`` does."""

from channels.apps import ChannelsConfig

from .binding.base import BindingMetaclass

__all__ = ["BindingMetaclass", "ChannelsConfig"]
