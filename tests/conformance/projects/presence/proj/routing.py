from channels.routing import route

from proj import consumers

channel_routing = [
    route("websocket.connect", consumers.ws_connect, path=r"^/room/(?P<room>\w+)$"),
    route("websocket.receive", consumers.ws_receive, path=r"^/room/(?P<room>\w+)$"),
    route("websocket.disconnect", consumers.ws_disconnect, path=r"^/room/(?P<room>\w+)$"),
]
