from channels.routing import include, route

channel_routing = [
    include("chat.routing.sockets"),
    route("chat.guess", "chat.consumers.work_out_guess"),
]
