from channels.routing import route
from otree.channels.routing import channel_routing


def late(message):
    pass


channel_routing.append(route("late.channel", late))
