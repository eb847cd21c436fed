from channels.routing import route

from proj import consumers

channel_routing = [
    route("http.request", consumers.answer, path=r"^/answer/"),
    route("http.request", consumers.pieces, path=r"^/pieces/$"),
    route("http.request", consumers.headers, path=r"^/headers/$"),
    route("http.request", consumers.elsewhere, path=r"^/elsewhere/(?P<word>\w+)/$"),
    route("http.request", consumers.silent, path=r"^/silent/$"),
    route("http.request", consumers.fails, path=r"^/fails/$"),
    route("http.request", consumers.body_in_pieces, path=r"^/body/(?P<how>\w+)/$"),
    route("http.request", consumers.views, path=r"^/django/"),
    route("http.request", consumers.static_files, path=r"^/static/"),
    route("custom.views", consumers.views_of_pieces),
    route("custom.hasty_views", consumers.hasty_views),
    route("http.disconnect", consumers.disconnect),
    route("custom.answer", consumers.custom_answer),
]
