from importlib import import_module

from channels import Group
from django.conf import settings
from django.http import HttpResponse


def publish(request):
    Group(request.GET["group"]).send({"text": request.GET["text"]})
    return HttpResponse("sent")


def visit(request):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["visits"] = int(request.GET["number"])
    session.save()
    response = HttpResponse("welcome")
    response.set_cookie(settings.SESSION_COOKIE_NAME, session.session_key)
    return response
