from channels.routing import route

from proj import consumers

numbered = [
    route("websocket.connect", consumers.connect_numbered, path=r"^/(?P<letter>[a-z])/?$"),
    # the prefix has eaten all: what is left is empty
    route("websocket.connect", consumers.connect_numbered, path=r"^$"),
    # the route's group overrides the include's of the same name
    route("websocket.connect", consumers.connect_numbered, path=r"^/again/(?P<number>\w+)$"),
]

nested = (
    route("websocket.connect", "proj.consumers.connect_nested", path=r"^/(?P<leaf>\w+)"),
)
