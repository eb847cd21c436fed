from channels.routing import route
from channels.signals import consumer_finished, consumer_started

from proj import consumers

channel_routing = [
    route("websocket.connect", consumers.connect),
    route("websocket.receive", consumers.receive),
    route("websocket.disconnect", consumers.disconnect),
    route("custom.signalled", consumers.custom),
]

consumer_started.connect(consumers.started)
consumer_finished.connect(consumers.finished)
