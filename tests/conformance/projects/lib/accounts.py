"""Views that sign users in and out, as a site does before its pages open sockets, and how users are shown."""
from django.contrib.auth import authenticate, get_user_model, login, logout
from django.http import HttpResponse
from urls_common import re_path
from values import dumps

PASSWORD = "not a secret"


def sign_in(request):
    """Creates the user when it is needed first."""
    name = request.GET["name"]
    users = get_user_model().objects
    if not users.filter(username=name).exists():
        users.create_user(name, password=PASSWORD)
    login(request, authenticate(username=name, password=PASSWORD))
    return HttpResponse("signed in")


def sign_out(request):
    logout(request)
    return HttpResponse("signed out")


def new_password(request):
    """Leaves the user signed out everywhere."""
    request.user.set_password("another")
    request.user.save()
    return HttpResponse("changed")


def deactivate(request):
    request.user.is_active = False
    request.user.save()
    return HttpResponse("deactivated")


def leave(request):
    request.user.delete()
    return HttpResponse("deleted")


def put(request):
    """Into the browser's session."""
    request.session.update(request.GET.dict())
    return HttpResponse("put")


def expire(request):
    request.session.set_expiry(-10)
    return HttpResponse("expired")


def show(request):
    """The browser's session, without what signs the user in."""
    items = sorted(item for item in request.session.items() if not item[0].startswith("_"))
    return HttpResponse(dumps([shown(request.user), items]))


def shown(user):
    """The class as well: 0.17 gives consumers no lazy object, as requests have."""
    return {
        "class": getattr(user, "_wrapped", user).__class__.__name__,
        "name": user.get_username(),
        "anonymous": bool(user.is_anonymous),
        "authenticated": bool(user.is_authenticated),
    }


urls = [
    re_path("^%s/$" % view.__name__, view)
    for view in (sign_in, sign_out, new_password, deactivate, leave, put, expire, show)
]
