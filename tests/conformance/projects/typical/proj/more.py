from channels.routing import route

from . import consumers

echoes = [
    route("websocket.connect", consumers.echo_connect, path=r"^/echo/(?P<word>[a-z0-9.-]+)"),
    route("websocket.receive", consumers.echo_receive, path=r"^/echo/(?P<word>[a-z0-9.-]+)"),
    route("websocket.disconnect", consumers.echo_disconnect, path=r"^/echo/(?P<word>[a-z0-9.-]+)"),
]
