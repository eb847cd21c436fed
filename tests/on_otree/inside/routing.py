from channels.routing import route
from clicks import consumers, held
from otree.channels.routing import channel_routing

channel_routing += [
    route("websocket.receive", consumers.change, path=r"^/change/(?P<player>\d+)/(?P<save>\w+)$"),
    route("websocket.connect", held.listen, path=r"^/held$"),
    route("websocket.receive", held.act, path=r"^/held$"),
    route("clicks.background", held.background),
    route("websocket.connect", consumers.swallow),
]
