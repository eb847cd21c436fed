"""Plain Django views that talk to sockets."""
from channels import Channel, Group
from django.http import HttpResponse
from values import loads


def send(request):
    """To one channel, whose name somebody stored."""
    Channel(request.GET["name"]).send(loads(request.GET["content"]))
    return HttpResponse("sent")


def group(request):
    Group(request.GET["name"]).send(loads(request.GET["content"]))
    return HttpResponse("sent")


def discard(request):
    """As when an administrator throws somebody out of a room."""
    Group(request.GET["name"]).discard(request.GET["channel"])
    return HttpResponse("discarded")
