from channels.routing import route

from proj import consumers

channel_routing = [
    route("http.request", consumers.answer, path=r"^/answer/"),
    route("http.request", consumers.pieces, path=r"^/pieces/$"),
    route("http.request", consumers.headers, path=r"^/headers/$"),
    route("http.request", consumers.elsewhere, path=r"^/elsewhere/(?P<word>\w+)/$"),
    route("http.disconnect", consumers.disconnect),
    route("custom.answer", consumers.custom_answer),
]
