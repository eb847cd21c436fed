from django.contrib.sessions.models import Session
from django.http import HttpResponse
from values import dumps


def promote(request):
    request.user.is_staff = True
    request.user.is_superuser = "superuser" in request.GET
    request.user.save()
    return HttpResponse("promoted")


def signed_in(request):
    """How many sessions, of browsers and of sockets, are a user's."""
    sessions = [session.get_decoded() for session in Session.objects.all()]
    return HttpResponse(dumps(sum("_auth_user_id" in session for session in sessions)))
