from channels.routing import route

from proj.consumers import connect, receive, work

channel_routing = [
    route("websocket.connect", connect),
    route("websocket.receive", receive),
    route("deployment.work", work),
]
