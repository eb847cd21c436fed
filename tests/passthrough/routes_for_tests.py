"""A routing module and consumers, to be imported by dotted name."""

from typing import Any

from compat.v0.generic.websockets import WebsocketConsumer
from compat.v0.routing import include, route


def first(message: Any, **kwargs: Any) -> None:
    pass


def second(message: Any, **kwargs: Any) -> None:
    pass


class Socket(WebsocketConsumer):
    pass


a_list = [route("websocket.receive", first, path="^/inner/$"), route("mail.send", second)]
a_dict = {"websocket.receive": first, "mail.send": second}
an_include = [include(a_list, path="^/outer")]
