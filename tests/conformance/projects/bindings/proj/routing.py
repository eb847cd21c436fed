from channels.routing import route, route_class
from observing import observe

from proj import bindings, consumers


def inbound(binding):
    def consumer(message):
        try:
            binding.consumer(message)
        finally:
            observe("inbound")
    return consumer


channel_routing = [
    route_class(consumers.Board, path=r"^/board/(?P<board>[\w.]+)$"),
    route_class(consumers.Bare, path=r"^/bare$"),
    route("streams.echo", consumers.echo),
    route("streams.typed", consumers.typed),
    route_class(consumers.Stream),
    route("binding.items", inbound(bindings.ItemBinding)),
    route("binding.members", inbound(bindings.MovingBinding)),
    route("binding.labels", inbound(bindings.LabelBinding)),
    route("binding.ordered", inbound(bindings.OrderedBinding)),
    route("binding.plain", inbound(bindings.PlainBinding)),
    route("websocket.connect", consumers.hand_connect, path=r"^/hand$"),
    route("websocket.receive", consumers.hand_receive, path=r"^/hand$"),
    route("websocket.disconnect", consumers.hand_disconnect, path=r"^/hand$"),
]
