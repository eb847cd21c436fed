"""Routing of channels 0.17: which consumer gets a message, and with which arguments.

Anything with ``match(message)`` and ``channel_names()`` can stand in a routing list.
"""

import importlib
import re
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Pattern,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
)

from django.core.exceptions import ImproperlyConfigured

from compat.guide import see
from compat.v2 import versions, wire
from compat.v2.settings import is_dotted

from .utils import name_that_thing

if TYPE_CHECKING:
    from .message import Message

Consumer = Callable[..., Any]
Match = Tuple[Consumer, Dict[str, Optional[str]]]
Text = Union[str, bytes]


def _import_dotted(path: str) -> Any:
    if not is_dotted(path):
        raise ImportError(f"{path!r} is not the dotted name of something in a module")
    module_name, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module_name), name)


def _listed(routing: Any) -> List[Any]:
    """The entries of a routing; the project's own list, if it is one, since it may still grow."""
    if isinstance(routing, (str, bytes)) or not isinstance(routing, Iterable):
        raise ImproperlyConfigured(
            "A channel routing is a list of route() and include(), a dict of channel names and consumers, or the "
            f"dotted name of one; {routing!r} is none of these. {see('routing-form')}"
        )
    entries = routing if isinstance(routing, list) else list(routing)
    for entry in entries:
        if isinstance(entry, type) or not (hasattr(entry, "match") and hasattr(entry, "channel_names")):
            raise ImproperlyConfigured(
                f"A channel routing has {entry!r} in it, which is no route(), route_class() or include(). "
                f"{see('routing-form')}"
            )
    return entries


def _channel_names(channels: Any) -> List[str]:
    listed = list(channels) if isinstance(channels, Iterable) and not isinstance(channels, (str, bytes)) else [channels]
    names = [name.decode("ascii", "backslashreplace") if isinstance(name, bytes) else name for name in listed]
    for name in names:
        if not isinstance(name, str):
            raise _no_channel(name)
    return names


def _no_channel(name: Any) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"A route is on {name!r}, which is no name of a channel: up to 100 letters, digits, hyphens, "
        f"underscores and full stops. {see('routing-form')}"
    )


def _patterns(filters: Dict[str, Any], whose: str) -> Dict[str, Pattern[str]]:
    patterns: Dict[str, Pattern[str]] = {}
    for name, value in filters.items():
        try:
            patterns[name] = re.compile(Router.normalise_re_arg(value))
            patterns[name].match("")  # one of bytes cannot
        except (re.error, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise ValueError(
                f"Filter for {name} on {whose} is no regular expression: {error}. {see('routing-form')}"
            ) from error
    return patterns


class Router:
    """The routing of one channel layer.

    Args:
        routing: a list of routes, a dict of channel name -> consumer, or the dotted name of one.

    Raises:
        ImproperlyConfigured: it cannot be imported, or is something else.
    """

    def __init__(self, routing: Any) -> None:
        self.root = Include(routing)
        self.channels = self.root.channel_names()

    def add_route(self, route: Any) -> None:
        """Append a route; it is tried after all others."""
        self.root.routing.append(route)
        self.channels = self.root.channel_names()

    def custom_channels(self) -> List[str]:
        """The channels that are neither a socket's nor a request's.

        Raises:
            ImproperlyConfigured: one has a name that nothing can be sent to.
        """
        names = sorted(name for name in self.channels if not name.startswith(("websocket.", "http.")))
        for name in names:
            if not wire.is_channel_name(name):
                raise _no_channel(name)
        return names

    def match(self, message: "Message") -> Optional[Match]:
        """The consumer for ``message`` and its keyword arguments, or None.

        Raises:
            ValueError: a filter is for a key whose value is no text; 0.17's worker ended at such a message.
        """
        try:
            return self.root.match(message)
        except (TypeError, UnicodeError) as error:
            raise ValueError(
                f"A filter of the routing cannot match a message on {message.channel.name}: {error}. "
                f"{see('filter-values')}"
            ) from error

    def check_default(self, http_consumer: Optional[Consumer] = None) -> None:
        """Append what workers need for messages that no route takes.

        Args:
            http_consumer: for requests; Django's views if not given.
        """
        from .handler import ViewConsumer

        self.add_route(Route("http.request", http_consumer or ViewConsumer()))
        self.add_default_for_sockets()

    def add_default_for_sockets(self) -> None:
        """Append a consumer that does nothing, for sockets that no route takes."""
        self.add_route(Route(["websocket.connect", "websocket.receive"], null_consumer))

    @classmethod
    def resolve_routing(cls, routing: Any) -> Any:
        """Import ``routing`` if it is a dotted name, make it a list if it is a dict.

        Raises:
            ImproperlyConfigured: it cannot be imported.
        """
        if isinstance(routing, str):
            try:
                routing = _import_dotted(routing)
            except (ImportError, AttributeError) as error:
                raise ImproperlyConfigured(
                    f"Cannot import channel routing {routing!r}: {error}. {see('routing-import')}"
                ) from error
        if isinstance(routing, Mapping):
            routing = [Route(channel, consumer) for channel, consumer in routing.items()]
        return routing

    @classmethod
    def normalise_re_arg(cls, value: Any) -> Any:
        """Patterns and values to match may be bytes; they are compared as str."""
        return value.decode("ascii") if isinstance(value, bytes) else value


class Route:
    """One consumer on one or several channels.

    Args:
        channels: a channel name, or several.
        consumer: a callable, or the dotted name of one.
        **kwargs: message key -> regular expression that the key's value must match from its start.
            Named groups become keyword arguments of the consumer.

    Raises:
        ImproperlyConfigured: the consumer cannot be imported, or is one of channels >= 2; or a channel has no name.
        ValueError: a pattern has positional groups, or is no pattern.
    """

    def __init__(self, channels: Union[Text, Iterable[Text]], consumer: Union[Consumer, str], **kwargs: Text) -> None:
        self.channels: List[str] = _channel_names(channels)
        self.consumer = self._resolve_consumer(consumer)
        self.filters: Dict[str, Pattern[str]] = _patterns(kwargs, "/".join(self.channels))
        for name, pattern in self.filters.items():
            if pattern.groups != len(pattern.groupindex):
                raise ValueError(
                    f"Filter for {name} on {self} contains positional groups; only named groups are allowed. "
                    f"Write (?P<name>…) for what the consumer needs and (?:…) for the rest. "
                    f"{see('positional-groups')}"
                )

    def _resolve_consumer(self, consumer: Any) -> Consumer:
        if isinstance(consumer, str):
            try:
                consumer = _import_dotted(consumer)
            except (ImportError, AttributeError) as error:
                raise ImproperlyConfigured(
                    f"Cannot import consumer {consumer!r}: {error}. {see('consumer-import')}"
                ) from error
        if versions.is_native_consumer(consumer):
            raise ImproperlyConfigured(
                f"{name_that_thing(consumer)} is a consumer of channels {versions.CHANNELS_MAJOR}, and route() takes "
                f"those of channels 0.17. Put it into the URLRouter of your ASGI_APPLICATION. {see('native-in-route')}"
            )
        return consumer  # type: ignore[no-any-return]

    def match(self, message: "Message") -> Optional[Match]:
        """(consumer, keyword arguments) if the message came in on one of our channels and every filter
        matches; None otherwise."""
        if message.channel.name not in self.channels:
            return None
        arguments: Dict[str, Optional[str]] = {}
        for name, pattern in self.filters.items():
            if name not in message:
                return None
            found = pattern.match(Router.normalise_re_arg(message[name]))
            if not found:
                return None
            arguments.update(found.groupdict())
        return self.consumer, arguments

    def channel_names(self) -> Set[str]:
        return set(self.channels)

    def __str__(self) -> str:
        filters = ", ".join(f"{name}={pattern.pattern}" for name, pattern in self.filters.items())
        return "{} {} -> {}".format(
            "/".join(self.channels), f"({filters})" if filters else "", name_that_thing(self.consumer)
        )


class RouteClass(Route):
    """A class-based consumer on the channels that its ``channel_names()`` says. Arguments and errors as
    :class:`Route`; ValueError also when the class has no ``channel_names``."""

    def __init__(self, consumer: Any, **kwargs: Text) -> None:
        consumer = self._resolve_consumer(consumer)
        if not callable(getattr(consumer, "channel_names", None)):
            raise ValueError(
                "The consumer passed to RouteClass has no valid channel_names method. Derive it from "
                f"channels.generic.BaseConsumer, or use route() for a function. {see('route-class')}"
            )
        super().__init__(consumer.channel_names(), consumer, **kwargs)


class Include:
    """A routing list inside another one.

    Args:
        routing: as for :class:`Router`.
        **kwargs: message key -> regular expression for the start of the key's value. What it matches is
            cut off before the included routes see the value; named groups become keyword arguments.

    Raises:
        ImproperlyConfigured: as :class:`Router`.
        ValueError: a regular expression is none.
    """

    def __init__(self, routing: Any, **kwargs: Text) -> None:
        self.routing: List[Any] = _listed(Router.resolve_routing(routing))
        self.prefixes: Dict[str, Pattern[str]] = _patterns(kwargs, "include()")

    def match(self, message: "Message") -> Optional[Match]:
        """As :meth:`Route.match`, with the prefixes cut off."""
        arguments: Dict[str, Optional[str]] = {}
        if self.prefixes:
            remaining = dict(message.content)
            for name, prefix in self.prefixes.items():
                if name not in remaining:
                    return None
                value = Router.normalise_re_arg(remaining[name])
                found = prefix.match(value)
                if not found:
                    return None
                arguments.update(found.groupdict())
                remaining[name] = value[found.end() :]
            message = message.__class__(remaining, message.channel.name, message.channel_layer)
        for entry in self.routing:
            match = entry.match(message)
            if match is not None:
                consumer, inner = match
                return consumer, {**arguments, **inner}
        return None

    def channel_names(self) -> Set[str]:
        return set().union(*(entry.channel_names() for entry in self.routing))


def legacy_in_url_router(consumer: Any) -> str:
    """What to say about a consumer of 0.17 that is given to the ``URLRouter`` of channels >= 2."""
    return (
        f"{name_that_thing(consumer)} is a consumer of channels 0.17, and URLRouter takes those of channels "
        f"{versions.CHANNELS_MAJOR}. Put it into a route() or route_class() of your channel routing, or convert it. "
        f"{see('legacy-in-urlrouter')}"
    )


def null_consumer(*args: Any, **kwargs: Any) -> None:
    """Takes a message and does nothing."""


route: Type[Route] = Route
route_class: Type[RouteClass] = RouteClass
include: Type[Include] = Include

__all__: Sequence[str] = (
    "Include",
    "Route",
    "RouteClass",
    "Router",
    "include",
    "null_consumer",
    "route",
    "route_class",
)
