from channels.routing import route
from clicks import consumers
from otree.channels.routing import channel_routing

channel_routing += [
    route("websocket.receive", consumers.change, path=r"^/change/(?P<player>\d+)/(?P<save>\w+)$"),
    route("websocket.connect", consumers.swallow),
]
