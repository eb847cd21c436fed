from channels.routing import route
from tables.legacy import ws_connect, ws_disconnect, ws_receive

legacy_path = r"^/legacy/(?P<table>\w+)/(?P<name>\w+)$"

channel_routing = [
    route("websocket.connect", ws_connect, path=legacy_path),
    route("websocket.receive", ws_receive, path=legacy_path),
    route("websocket.disconnect", ws_disconnect, path=legacy_path),
]
