"""Every form that routing could take in 0.17."""
from channels import route as route_from_package
from channels.routing import include, route

from proj import consumers

channel_routing = [
    # a routing given as a string, prefix with a named group
    include("proj.inner.numbered", path=r"^/numbered/(?P<number>\d+)"),
    # the same as a list, and an include inside an include
    include([include("proj.inner.nested", path=r"^/deep")], path=r"^/very"),
    # a dict, in an include
    include(consumers.AS_DICT, path=r"^/dict/"),
    # bytes everywhere (a bare bytes name, outside a list, is taken apart into ints on Python 3 and kills workers)
    route([b"websocket.connect"], consumers.connect_bytes, path=br"^/bytes/(?P<word>\w+)$"),
    # several channels, one consumer, by dotted name
    route(["websocket.connect", "websocket.receive", b"websocket.disconnect"],
          "proj.consumers.whatever", path=r"^/several/(?P<word>\w+)$"),
    # no ^ and no $: re.match anchors at the start only
    route("websocket.connect", consumers.connect_open_ended, path=r"/open"),
    # .* in front
    route("websocket.connect", consumers.connect_starred, path=r".*starred$"),
    # the first match wins
    route_from_package("websocket.connect", consumers.connect_first, path=r"^/twice/(?P<first>\w+)$"),
    route_from_package("websocket.connect", consumers.connect_second, path=r"^/twice/(?P<second>\w+)$"),
    # an optional group, missing
    route("websocket.connect", consumers.connect_optional, path=r"^/optional(?:/(?P<extra>\w+))?$"),
    # filters by other keys, two at once
    route("websocket.connect", consumers.connect_query, path=r"^/query", query_string=r"^a=(?P<a>\w+)"),
    route("websocket.receive", consumers.receive_command, path=r"^/query", text=r"^hello (?P<who>\w+)"),
    # a filter on a key the message does not have never matches
    route("websocket.connect", consumers.connect_never, path=r"^/fallback", nosuchkey=r".*"),
    route("websocket.connect", consumers.connect_fallback, path=r"^/fallback"),
    route("websocket.receive", consumers.whatever),
    route("websocket.disconnect", consumers.disconnect),
]
