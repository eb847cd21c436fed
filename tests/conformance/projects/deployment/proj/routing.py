from channels.routing import route

from proj.consumers import connect, receive

channel_routing = [
    route("websocket.connect", connect),
    route("websocket.receive", receive),
]
