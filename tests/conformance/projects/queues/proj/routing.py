from channels.routing import route

from proj import consumers

channel_routing = [
    route("websocket.connect", consumers.ask_connect, path=r"^/ask/(?P<room>[a-z0-9.-]+)$"),
    route("websocket.receive", consumers.ask_receive, path=r"^/ask/(?P<room>[a-z0-9.-]+)$"),
    route("websocket.disconnect", consumers.ask_disconnect, path=r"^/ask/(?P<room>[a-z0-9.-]+)$"),
    # slow work
    route("queues.count", consumers.count),
    route("queues.publish", "proj.consumers.publish"),
]
