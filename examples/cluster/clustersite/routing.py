from channels.routing import route

from clustersite import consumers

ROOM = r"^/room/(?P<room>[\w-]+)$"

channel_routing = [
    route("websocket.receive", consumers.echo, path=r"^/echo$"),
    route("websocket.receive", consumers.order_work, path=r"^/work$"),
    route("websocket.connect", consumers.join, path=ROOM),
    route("websocket.receive", consumers.say, path=ROOM),
    route("websocket.disconnect", consumers.leave, path=ROOM),
    route("websocket.disconnect", consumers.gone),
    route("work", consumers.work),
]
