"""The layer classes of asgiref 0.14, asgi_redis 0.14 and asgi_ipc, to make layers with or to derive from.

They have the old synchronous methods, on today's layers. What the old ones had inside (connections, queues, Lua
scripts) they have not.
"""

import fnmatch
import re
import warnings
from typing import Any, Dict, List, Optional, Pattern, Tuple

from channels.exceptions import ChannelFull, MessageTooLarge
from django.utils.module_loading import import_string

from compat.v2 import settings, versions, wire
from compat.v2.layers import SynchronousLayer

Capacities = Optional[Dict[Any, int]]


class BaseChannelLayer:
    """What a layer of channels 0.17 derives from: its options, and how names and capacities are looked up.

    Args:
        expiry: seconds for which an unread message is kept.
        group_expiry: seconds for which a member that is not added again stays in its group.
        capacity: messages that may wait on a channel.
        channel_capacity: glob or compiled regex -> capacity, for channels that need another one.
    """

    extensions: List[str] = []
    channel_name_regex = wire.CHANNEL_NAME
    group_name_regex = wire.GROUP_NAME
    ChannelFull = ChannelFull
    MessageTooLarge = MessageTooLarge

    def __init__(
        self,
        expiry: int = 60,
        group_expiry: int = 86400,
        capacity: int = 100,
        channel_capacity: Capacities = None,
    ) -> None:
        self.expiry = expiry
        self.group_expiry = group_expiry
        self.capacity = capacity
        self.channel_capacity = self.compile_capacities(channel_capacity or {})

    def send(self, channel: str, message: Dict[Any, Any]) -> None:
        raise NotImplementedError

    def receive_many(self, channels: Any, block: bool = False) -> Tuple[Optional[str], Optional[Dict[Any, Any]]]:
        raise NotImplementedError

    def new_channel(self, pattern: str) -> str:
        raise NotImplementedError

    def group_add(self, group: str, channel: str) -> None:
        raise NotImplementedError

    def group_discard(self, group: str, channel: str) -> None:
        raise NotImplementedError

    def send_group(self, group: str, message: Dict[Any, Any]) -> None:
        raise NotImplementedError

    def flush(self) -> None:
        raise NotImplementedError

    def compile_capacities(self, channel_capacity: Dict[Any, int]) -> List[Tuple[Pattern[str], int]]:
        """The keys as regexes, in their order."""
        return [
            (key if hasattr(key, "match") else re.compile(fnmatch.translate(key)), capacity)
            for key, capacity in channel_capacity.items()
        ]

    def get_capacity(self, channel: str) -> int:
        """How many messages may wait on ``channel``: as the first pattern that fits says."""
        fitting = (capacity for pattern, capacity in self.channel_capacity if pattern.match(channel))
        return next(fitting, self.capacity)

    def valid_channel_name(self, name: Any) -> bool:
        """Whether ``name`` may be a channel's. TypeError for what has no length."""
        return wire.is_channel_name(name)

    def valid_group_name(self, name: Any) -> bool:
        """Whether ``name`` may be a group's. TypeError for what has no length."""
        return wire.is_group_name(name)


class _Layer(SynchronousLayer, BaseChannelLayer):
    """An old class on what became of it.

    Args:
        backend: its path in CHANNEL_LAYERS.
        given: its keyword arguments. What has no counterpart among them is named in a warning.

    Raises:
        ImportError: channels_redis is not installed.
        ValueError: channels_redis does not accept the arguments; says why.
    """

    def __init__(self, backend: str, given: Dict[str, Any]) -> None:
        translation = settings.BACKENDS[backend]
        for loss in settings.lost(translation, given):
            warnings.warn(loss, stacklevel=3)
        if translation.path == settings.REDIS_LAYER and not versions.redis_major():
            raise ImportError(settings.NO_CHANNELS_REDIS)
        native = import_string(translation.path)
        super().__init__(native(**settings.native_config(translation, given)))

    def send_group(self, group: str, message: Dict[Any, Any]) -> None:
        if type(self).send is SynchronousLayer.send:
            super().send_group(group, message)
            return
        # A derived class sees every message to every member in its send(), as it always did.
        assert isinstance(message, dict), "Message is not a dict"
        assert self.valid_group_name(group), "Group name not valid"
        for channel in self.group_channels(group):
            try:
                self.send(channel, message)
            except self.ChannelFull:
                self.count_dropped(f"members of group {group}", 1)


class ChannelLayer(_Layer):
    """asgiref's layer in memory: it reaches this process only. Arguments: see :class:`BaseChannelLayer`."""

    # Where old code takes the name of this module for the mark of a layer that reaches one process only.
    __module__ = "asgiref.inmemory"

    def __init__(
        self,
        expiry: int = 60,
        group_expiry: int = 86400,
        capacity: int = 10,
        channel_capacity: Capacities = None,
    ) -> None:
        super().__init__(
            "asgiref.inmemory.ChannelLayer",
            {
                "expiry": expiry,
                "group_expiry": group_expiry,
                "capacity": capacity,
                "channel_capacity": channel_capacity,
            },
        )


channel_layer = ChannelLayer()


class RedisChannelLayer(_Layer):
    """asgi_redis's layer, on channels_redis.

    Args:
        expiry, group_expiry, capacity, channel_capacity: see :class:`BaseChannelLayer`.
        hosts: (name, port) pairs or URLs; several share the load.
        prefix: of all keys in Redis.
        symmetric_encryption_keys: the first encrypts the messages, all decrypt; needs ``cryptography``.
        options: what later releases took; named in a warning.

    Raises:
        ImportError: channels_redis is not installed.
        ValueError: a port is no number, the keys are no list, or ``cryptography`` is not installed.
    """

    _backend = "asgi_redis.RedisChannelLayer"

    def __init__(
        self,
        expiry: int = 60,
        hosts: Any = None,
        prefix: str = "asgi:",
        group_expiry: int = 86400,
        capacity: int = 100,
        channel_capacity: Capacities = None,
        symmetric_encryption_keys: Optional[List[Any]] = None,
        **options: Any,
    ) -> None:
        super().__init__(
            self._backend,
            {
                "expiry": expiry,
                "hosts": hosts,
                "prefix": prefix,
                "group_expiry": group_expiry,
                "capacity": capacity,
                "channel_capacity": channel_capacity,
                "symmetric_encryption_keys": symmetric_encryption_keys,
                **options,
            },
        )


class RedisLocalChannelLayer(RedisChannelLayer):
    """asgi_redis's layer with ordinary channels on the own machine, which are now in Redis too.

    Arguments and errors: see :class:`RedisChannelLayer`.
    """

    _backend = "asgi_redis.RedisLocalChannelLayer"

    def __init__(
        self,
        expiry: int = 60,
        prefix: str = "asgi:",
        group_expiry: int = 86400,
        capacity: int = 100,
        channel_capacity: Capacities = None,
        **options: Any,
    ) -> None:
        super().__init__(
            expiry, options.pop("hosts", None), prefix, group_expiry, capacity, channel_capacity, **options
        )


class IPCChannelLayer(_Layer):
    """asgi_ipc's layer, which now reaches this process only.

    Args:
        prefix: of the shared memory that is no more.
        expiry, group_expiry, capacity, channel_capacity: see :class:`BaseChannelLayer`.
        options: what it took besides, which is named in a warning.
    """

    def __init__(
        self,
        prefix: str = "asgi",
        expiry: int = 60,
        group_expiry: int = 86400,
        capacity: int = 10,
        channel_capacity: Capacities = None,
        **options: Any,
    ) -> None:
        super().__init__(
            "asgi_ipc.IPCChannelLayer",
            {
                "expiry": expiry,
                "group_expiry": group_expiry,
                "capacity": capacity,
                "channel_capacity": channel_capacity,
                **({} if prefix == "asgi" else {"prefix": prefix}),
                **options,
            },
        )
