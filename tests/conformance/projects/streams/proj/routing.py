from channels.routing import route, route_class

from proj import consumers

channel_routing = [
    route_class(consumers.Streams, path=r"^/streams/(?P<room>[\w.]+)$"),
    route("streams.echo", consumers.echo),
    route("streams.typed", consumers.typed),
    route("streams.talk", consumers.talk),
    route("streams.join", consumers.join),
    route("streams.fail", consumers.fail),
    route("websocket.connect", consumers.hand_connect, path=r"^/hand$"),
    route("websocket.receive", consumers.hand_receive, path=r"^/hand$"),
    route("websocket.disconnect", consumers.hand_disconnect, path=r"^/hand$"),
]
