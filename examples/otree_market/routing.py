from channels.routing import route, route_class
from market.consumers import ChatConsumer, run_clock, ws_connect, ws_disconnect, ws_receive
from otree.channels.routing import channel_routing

market_path = r"^/market/(?P<group_id>\d+)/(?P<player_id>\d+)$"
chat_path = r"^/market_chat/(?P<group_id>\d+)/(?P<player_id>\d+)$"

channel_routing += [
    route("websocket.connect", ws_connect, path=market_path),
    route("websocket.receive", ws_receive, path=market_path),
    route("websocket.disconnect", ws_disconnect, path=market_path),
    route_class(ChatConsumer, path=chat_path),
    route("market.clock", run_clock),
]
