from channels.routing import route, route_class

from chat.consumers import ws_connect, ws_disconnect, ws_receive
from chat.market import MarketConsumer

chat_path = r"^/chat/(?P<room>\w+)/(?P<name>\w+)$"

sockets = [
    route("websocket.connect", ws_connect, path=chat_path),
    route("websocket.receive", ws_receive, path=chat_path),
    route("websocket.disconnect", ws_disconnect, path=chat_path),
    route_class(MarketConsumer, path=r"^/market/(?P<room>\w+)$"),
]
