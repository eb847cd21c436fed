from channels.routing import route

from proj import consumers

channel_routing = [
    route("websocket.connect", consumers.connect),
    route("websocket.receive", consumers.receive, path=r"^/run/(?P<control>[^/]+)/\w+$"),
    route("websocket.disconnect", consumers.disconnect, path=r"^/run/(?P<control>[^/]+)/(?P<label>\w+)$"),
    route("websocket.disconnect", consumers.control_disconnect),
    route("generated.run", consumers.custom),
]
