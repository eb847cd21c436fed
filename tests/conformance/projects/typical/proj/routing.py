from channels.routing import include, route, route_class

from proj.boards import Board
from proj.consumers import chat_connect, chat_disconnect, chat_receive
from proj.plain import plain_connect, plain_disconnect, plain_receive
from proj.visits import VISITS, Words

chat_path = r"^/chat/(?P<room>[a-z0-9.-]+)/$"

channel_routing = [
    # the chat
    route("websocket.connect", chat_connect, path=chat_path),
    route("websocket.receive", chat_receive, path=chat_path),
    route("websocket.disconnect", chat_disconnect, path=chat_path),
    route("websocket.connect", plain_connect, path=r"^/plain/(?P<room>[a-z0-9.-]+)$"),
    route("websocket.receive", plain_receive, path=r"^/plain/(?P<room>[a-z0-9.-]+)$"),
    route("websocket.disconnect", plain_disconnect, path=r"^/plain/(?P<room>[a-z0-9.-]+)$"),
    # more
    include("proj.more.echoes", path=r"^/more"),
    route_class(Board, path=r"^/board/(?P<board>[a-z0-9.-]+)$"),
]

channel_routing += [
    route_class("proj.boards.Ticker", path="^/ticker"),
    include(VISITS, path="^/visits"),
    Words.as_route(path=r"^/words/(?P<room>[a-z0-9.-]+)$"),
    route_class(Words, path=r"^/the-same-words/(?P<room>[a-z0-9.-]+)$"),
]
