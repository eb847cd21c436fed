"""A page that reaches into the session of a socket, whose reply channel somebody stored."""
from channels.sessions import session_for_reply_channel
from django.http import HttpResponse
from values import dumps


def of_channel(request):
    session = session_for_reply_channel(request.GET["name"])
    found = sorted(session.items())
    session["page"] = "was here"
    session.save()
    return HttpResponse(dumps(found))
