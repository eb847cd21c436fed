from channels.routing import include, route, route_class

from chat.consumers import Board, connect, disconnect, receive, remember

rooms = [
    route("websocket.connect", connect, path=r"^/(?P<room>\w+)/$"),
    route("websocket.receive", receive, path=r"^/(?P<room>\w+)/$"),
    route("websocket.disconnect", disconnect, path=r"^/(?P<room>\w+)/$"),
]

channel_routing = [
    include(rooms, path=r"^/chat"),
    route_class(Board, path=r"^/board/$"),
    route("chat.remember", remember),
]
