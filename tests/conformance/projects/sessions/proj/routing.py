from channels.routing import include, route

from proj import consumers

sockets = {
    "plain": consumers.plain,
    "http": consumers.http,
    "both": consumers.both,
    "twice": consumers.twice,
    "http_user": consumers.http_user,
    "channel_user": consumers.channel_user,
    "user_from_http": consumers.user_from_http,
    "user_from_http_always": consumers.user_from_http_always,
    "strict": (consumers.strict_connect, consumers.strict_receive, consumers.strict_disconnect),
    "slight": (consumers.slight_connect, consumers.slight_receive, consumers.slight_disconnect),
    r"engine/(?P<engine>\w+)": (
        consumers.engine_connect, consumers.engine_receive, consumers.plain_disconnect,
    ),
}
flags = {
    "no_flags": [],
    "channel_session": ["channel_session"],
    "channel_session_user": ["channel_session_user"],
    "http_user": ["http_user"],
    "strict_ordering": ["strict_ordering"],
    "slight_ordering": ["slight_ordering"],
    "http_user_strict": ["http_user", "strict_ordering"],
    "http_user_slight": ["http_user", "slight_ordering", "channel_session"],
}

channel_routing = [
    include(
        [
            route("websocket.connect", connect),
            route("websocket.receive", receive),
            route("websocket.disconnect", disconnect),
        ],
        path="^/%s$" % path,
    )
    for path, (connect, receive, disconnect) in sorted(sockets.items())
] + [
    consumers.Person.as_route(path="^/class/%s$" % path, attrs=dict.fromkeys(names, True))
    for path, names in sorted(flags.items())
] + [
    route("custom.session", consumers.custom),
    route("custom.user", consumers.custom_user),
    route("custom.strict", consumers.custom_strict),
    route("custom.slight", consumers.custom_slight),
    route("http.request", consumers.request, path=r"^/request/$"),
]
