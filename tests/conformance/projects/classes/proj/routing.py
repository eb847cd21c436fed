from channels.routing import route_class

from proj import consumers

channel_routing = [
    route_class(consumers.Talk, path=r"^/talk/(?P<room>\w+)$"),
    route_class(consumers.Raw, path=r"^/raw$"),
    route_class(consumers.Json, path=r"^/json/(?P<slug>\w+)$"),
    consumers.Talk.as_route(path=r"^/as-route/(?P<room>\w+)$", attrs={"greeting": "changed"}),
    route_class("proj.consumers.Dotted", path=r"^/dotted$"),
    route_class(consumers.Ordered, path=r"^/ordered$"),
    route_class(consumers.Sink),
]
