"""Channel layers with their routing, as channels 0.17 kept them; builds the ASGI application.

``application`` (made on first use) is what ASGI servers run: ``daphne compat.v0.asgi:application``.
"""

import functools
import threading
from typing import Any, Callable, Dict, Optional

import django
from channels import DEFAULT_CHANNEL_LAYER
from channels.exceptions import InvalidChannelLayerError
from channels.layers import channel_layers as native_layers
from django.core.exceptions import ImproperlyConfigured

import compat
from compat.guide import see
from compat.v2 import settings as compat_settings
from compat.v2 import versions
from compat.v2.application import LegacyApplication
from compat.v2.layers import SynchronousLayer, facade_of

from .routing import Router, null_consumer
from .utils import name_that_thing

__all__ = [
    "DEFAULT_CHANNEL_LAYER",
    "ChannelLayerManager",
    "ChannelLayerWrapper",
    "InvalidChannelLayerError",
    "Router",
    "application",
    "channel_layers",
    "get_channel_layer",
    "name_that_thing",
]


class ChannelLayerWrapper:
    """A channel layer with its alias and routing; everything else is the layer's.

    Args:
        channel_layer: the layer, with the methods of 0.17.
        alias: its key in CHANNEL_LAYERS.
        routing: what the ROUTING key says.

    Raises:
        ImproperlyConfigured, ValueError: the routing is wrong (see :mod:`compat.v0.routing`).
    """

    def __init__(self, channel_layer: Any, alias: str, routing: Any) -> None:
        self.channel_layer = channel_layer
        self.alias = alias
        self.routing = routing
        self.router = Router(routing)

    def __getattr__(self, name: str) -> Any:
        if name == "channel_layer":  # asked for by copy and pickle, before __init__
            raise AttributeError(name)
        return getattr(self.channel_layer, name)

    def send(self, channel: str, message: Dict[Any, Any]) -> None:
        # As __getattr__ would, but that costs more than the rest of a send to a client.
        self.channel_layer.send(channel, message)

    def __str__(self) -> str:
        return f"{self.alias} ({self.channel_layer})"

    def local_only(self) -> bool:
        """Whether only this process can be reached through the layer.

        A project's own class counts for what 0.17 took it, which looked at the name of its module.
        """
        if type(self.channel_layer) is SynchronousLayer:
            return self.channel_layer.local
        return "inmemory" in type(self.channel_layer).__module__


class ChannelLayerManager:
    """The channel layers that CHANNEL_LAYERS names, made when they are first asked for."""

    def __init__(self) -> None:
        self.backends: Dict[str, ChannelLayerWrapper] = {}
        self._lock = threading.RLock()

    @property
    def configs(self) -> Dict[str, Any]:
        return compat_settings.legacy_layers()

    def make_backend(self, name: str) -> ChannelLayerWrapper:
        """Make the layer ``name``.

        Raises:
            InvalidChannelLayerError: CHANNEL_LAYERS has no usable BACKEND or no ROUTING for it.
            ImproperlyConfigured: CHANNEL_LAYERS is not of the form that it must have.
            ImproperlyConfigured, ValueError: its routing is wrong.
        """
        try:
            native = native_layers[name]
        except KeyError:
            raise InvalidChannelLayerError(f"No BACKEND specified for {name}. {see('no-layers')}") from None
        except InvalidChannelLayerError as error:
            raise InvalidChannelLayerError(f"{error}. {see('no-layers')}") from error
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise ImproperlyConfigured(
                f"Cannot make the BACKEND of CHANNEL_LAYERS[{name!r}] with its CONFIG: {error}. {see('layers-form')}"
            ) from error
        try:
            routing = self.configs[name]["ROUTING"]
        except KeyError:
            raise InvalidChannelLayerError(
                f"No ROUTING specified for {name}. Add \"ROUTING\": \"project.routing.channel_routing\" (the dotted "
                f"name of your list of routes) to CHANNEL_LAYERS[{name!r}]. {see('no-routing')}"
            ) from None
        layer = facade_of(native, lambda: make_application(self[name]))
        return ChannelLayerWrapper(layer, name, routing)

    def __getitem__(self, key: str) -> ChannelLayerWrapper:
        wrapper = self.backends.get(key)
        if wrapper is None:
            with self._lock:
                wrapper = self.backends.get(key)
                if wrapper is None:
                    wrapper = self.backends[key] = self.make_backend(key)
        return wrapper

    def __contains__(self, key: str) -> bool:
        return key in self.configs

    def set(self, key: str, layer: Optional[ChannelLayerWrapper]) -> Optional[ChannelLayerWrapper]:
        """Put ``layer`` under ``key``; returns the one that was there, if any."""
        old = self.backends.get(key)
        if layer is None:
            self.backends.pop(key, None)
        else:
            self.backends[key] = layer
        return old


channel_layers = ChannelLayerManager()


def get_channel_layer(alias: str = DEFAULT_CHANNEL_LAYER) -> SynchronousLayer:
    """The layer ``alias``, after setting Django up: what the old ``asgi.py`` calls.

    What it returns is also an ASGI application, so that ``daphne project.asgi:channel_layer`` goes on working.

    Raises:
        As :meth:`ChannelLayerManager.make_backend`.
    """
    django.setup(set_prefix=False)
    return channel_layers[alias].channel_layer  # type: ignore[no-any-return]


def make_application(wrapper: ChannelLayerWrapper) -> LegacyApplication:
    """Wire the ASGI side to the consumers of one layer's routing.

    Raises:
        ImproperlyConfigured: a route is on what is no channel, where 0.17's worker would end.
    """
    from .message import Message
    from .worker import Worker

    router, worker = wrapper.router, Worker(wrapper)
    router.custom_channels()
    router.add_default_for_sockets()

    def claims(channel: str, content: Dict[str, Any]) -> bool:
        match = router.match(Message(content, channel, wrapper))
        return match is not None and match[0] is not null_consumer

    def consumed(channel: str) -> bool:
        return channel in router.channels

    return LegacyApplication(
        layer=wrapper.channel_layer,
        dispatch=functools.partial(worker.dispatch, in_order=True),
        claims=claims,
        consumed=consumed,
        custom_channels=router.custom_channels,
        on_ready=worker.ready,
    )


_application: Optional[Any] = None
_application_lock = threading.RLock()


def get_application() -> Any:
    """The ASGI application of the default layer, in the calling style that this channels' ``runserver`` wants."""
    global _application
    with _application_lock:
        if _application is None:
            compat.install()  # a process that a server has spawned may know nothing of `python -m compat run`
            _application = versions.as_default_application(get_channel_layer().application)
        return _application


def __getattr__(name: str) -> Any:
    if name == "application":
        return get_application()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


application: Callable[..., Any]
