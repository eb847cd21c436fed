from channels.routing import route

from proj import calls, consumers

channel_routing = [
    # the general command consumer
    route("websocket.connect", consumers.command_connect, path=r"^/command"),
    route("websocket.receive", consumers.command_receive, path=r"^/command"),
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/command"),
    # everything about the messages is written down
    route("websocket.connect", consumers.contents_connect, path=r"^/contents"),
    route("websocket.receive", consumers.contents_receive, path=r"^/contents"),
    route("websocket.disconnect", consumers.contents_disconnect, path=r"^/contents"),
    # only what the address gave
    route("websocket.connect", consumers.address_connect, path=r"^/address"),
    route("websocket.receive", consumers.address_receive, path=r"^/address"),
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/address"),
    # takes its time
    route("websocket.connect", consumers.command_connect, path=r"^/slow"),
    route("websocket.receive", consumers.slow_receive, path=r"^/slow"),
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/slow"),
    # one way of connecting each
    route("websocket.connect", consumers.connect_silent, path=r"^/connect/silent$"),
    route("websocket.connect", consumers.connect_held, path=r"^/connect/held/(?P<gate>[\w.-]+)$"),
    route("websocket.connect", consumers.connect_raises, path=r"^/connect/raises$"),
    route("websocket.connect", consumers.connect_sends_and_raises, path=r"^/connect/sends-and-raises$"),
    route("websocket.connect", consumers.connect_closes, path=r"^/connect/closes$"),
    route("websocket.connect", consumers.connect_says_and_closes, path=r"^/connect/says-and-closes$"),
    route("websocket.connect", consumers.connect_greets, path=r"^/connect/greets$"),
    route("websocket.connect", consumers.connect_accepts, path=r"^/connect/accepts$"),
    route("websocket.connect", consumers.connect_refuses, path=r"^/connect/refuses$"),
    route("websocket.receive", consumers.command_receive, path=r"^/connect/"),
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/connect/"),
    # only the end is routed for these
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/only-disconnect"),
    # a chat as the tutorials have it
    route("websocket.connect", consumers.chat_join, path=r"^/chat/(?P<room>[a-z0-9-]+)/$"),
    route("websocket.receive", consumers.chat_say, path=r"^/chat/(?P<room>[a-z0-9-]+)/$"),
    route("websocket.disconnect", consumers.chat_leave, path=r"^/chat/(?P<room>[a-z0-9-]+)/$"),
    # tables of calls, run inside a consumer
    route("websocket.connect", consumers.command_connect, path=r"^/calls/"),
    route("websocket.receive", calls.answer, path=r"^/calls/(?P<table>\w+)$"),
    route("websocket.disconnect", consumers.command_disconnect, path=r"^/calls/"),
    # custom channels
    route("custom.observed", consumers.custom_observed),
    route("custom.run", consumers.custom_run),
    route("custom.filtered", consumers.custom_filtered, kind=r"^(?P<kind>good|fine)$"),
    route("custom.first", consumers.custom_first),
    route("custom.second", consumers.custom_second),
    route("custom.later", consumers.custom_later),
    route("custom.later3", consumers.custom_later_three_times),
    route("custom.same", consumers.custom_same),
]
