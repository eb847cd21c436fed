"""Consumers and pages that wait for each other: whoever delays the other waits in vain, and says so."""

import threading
from collections import defaultdict

from channels import Channel, Group
from django.http import HttpResponse, JsonResponse

from .models import Player

events = defaultdict(threading.Event)
# Seconds; only waited for if something is wrong.
PATIENCE = 30


def wait(name):
    return "went on" if events[name].wait(PATIENCE) else "waited in vain"


def tell(text):
    Group("listeners").send({"text": text})


# Consumers


def listen(message):
    Group("listeners").add(message.reply_channel)
    message.reply_channel.send({"text": "listening"})


def act(message):
    """The client says what to do: ``echo:TEXT``, ``hold:NAME``, ``background:NAME``, ``release:NAME``, ``flood:5``."""
    verb, _, what = message["text"].partition(":")

    def reply(text):
        message.reply_channel.send({"text": text})

    if verb == "echo":
        reply(what)
    elif verb == "hold":
        reply("holding")
        reply(wait(what))
    elif verb == "background":
        Channel("clicks.background").send({"name": what})
    elif verb == "release":
        events[what].set()
    elif verb == "flood":
        for number in range(int(what)):
            reply(str(number))


def background(message):
    tell("the task begins")
    tell("the task " + wait(message["name"]))


# Views


def release(request, name):
    events[name].set()
    return HttpResponse("released")


def held(request, name):
    tell("the page begins")
    return HttpResponse(wait(name))


def stored(request, player):
    return JsonResponse(Player.objects.filter(pk=player).values("clicks", "note").get())
