"""What cron and the passing of time do otherwise."""
from datetime import timedelta

from channels_presence.models import Presence, Room
from django.core.management import call_command
from django.http import HttpResponse
from django.utils.timezone import now
from values import dumps


def age(request):
    Presence.objects.update(last_seen=now() - timedelta(hours=1))
    return HttpResponse("aged")


def prune(request):
    call_command("prune_presences")
    call_command("prune_rooms")
    return HttpResponse("pruned")


def rooms(request):
    return HttpResponse(dumps([
        [room.channel_name, room.presence_set.count()] for room in Room.objects.order_by("channel_name")
    ]))
