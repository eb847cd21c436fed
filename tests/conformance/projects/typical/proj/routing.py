from channels.routing import include, route, route_class

from proj.boards import Board
from proj.consumers import chat_connect, chat_disconnect, chat_receive

chat_path = r"^/chat/(?P<room>[a-z0-9.-]+)/$"

channel_routing = [
    # the chat
    route("websocket.connect", chat_connect, path=chat_path),
    route("websocket.receive", chat_receive, path=chat_path),
    route("websocket.disconnect", chat_disconnect, path=chat_path),
    # more
    include("proj.more.echoes", path=r"^/more"),
    route_class(Board, path=r"^/board/(?P<board>[a-z0-9.-]+)$"),
]

channel_routing += [
    route_class("proj.boards.Ticker", path="^/ticker"),
]
