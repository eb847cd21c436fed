"""The class that class-based consumers are derived from."""

from typing import Any, Callable, Dict, Optional, Set, Type

from django.core.exceptions import ImproperlyConfigured

from ..auth import channel_session_user
from ..message import Message
from ..routing import RouteClass, legacy_in_url_router, route_class
from ..sessions import channel_session


class BaseConsumer:
    """A consumer that is a class: made anew, and called, for every message.

    Args:
        message: what came in.
        **kwargs: what the route's patterns named.

    Attributes:
        method_mapping: channel name -> name of the method that takes its messages.
        channel_session, channel_session_user: whether methods get ``message.channel_session`` and ``message.user``.
    """

    method_mapping: Dict[str, str] = {}
    channel_session = False
    channel_session_user = False

    def __init__(self, message: Message, **kwargs: Any) -> None:
        self.message = message
        self.kwargs = kwargs
        self.dispatch(message, **kwargs)

    @classmethod
    def channel_names(cls) -> Set[str]:
        """The channels that this consumer takes."""
        return set(cls.method_mapping)

    @classmethod
    def as_route(cls, attrs: Optional[Dict[str, Any]] = None, **kwargs: Any) -> RouteClass:
        """A route to this class.

        Args:
            attrs: class attributes that the route's consumer has instead of this class's.
            **kwargs: filters, as for :func:`~compat.v0.routing.route_class`.
        """
        consumer: Type[BaseConsumer] = cls
        if attrs:
            assert isinstance(attrs, dict), "attrs must be a dict"
            consumer = type(cls.__name__, (cls,), attrs)
        return route_class(consumer, **kwargs)

    @classmethod
    def as_asgi(cls, **kwargs: Any) -> None:
        """For native consumers only.

        Raises:
            ImproperlyConfigured: always; says where a legacy consumer belongs.
        """
        raise ImproperlyConfigured(legacy_in_url_router(cls))

    def get_handler(self, message: Message, **kwargs: Any) -> Callable[..., Any]:
        """The method for ``message``, with the session and user that the class asks for."""
        handler: Callable[..., Any] = getattr(self, self.method_mapping[message.channel.name])
        if self.channel_session_user:
            return channel_session_user(handler)
        if self.channel_session:
            return channel_session(handler)
        return handler

    def dispatch(self, message: Message, **kwargs: Any) -> Any:
        """Call the method for ``message``."""
        return self.get_handler(message, **kwargs)(message, **kwargs)
