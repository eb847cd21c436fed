from channels.routing import route


def background(message):
    pass


channel_routing = [route("extension.background", background)]
