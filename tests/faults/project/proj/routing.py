from channels.routing import route, route_class

from proj import consumers

channel_routing = [
    route_class(consumers.Json, path=r"^/json"),
    route("websocket.connect", consumers.connect_user, path=r"^/user"),
    route("websocket.receive", consumers.receive_user, path=r"^/user"),
    route("websocket.connect", consumers.connect, path=r"^/(?!native)"),
    route("websocket.receive", consumers.receive, path=r"^/(?!native)"),
    route("websocket.disconnect", consumers.disconnect, path=r"^/(?!native)"),
    route("work", consumers.work),
]
