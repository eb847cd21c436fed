from django.contrib.auth import get_user_model, login
from django.http import HttpResponse
from mysite import urls

try:
    from django.urls import re_path
except ImportError:
    from django.conf.urls import url as re_path


def ready(request):
    return HttpResponse("ready")


def sign_in(request, name):
    user, _ = get_user_model().objects.get_or_create(username=name)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("signed in")


urlpatterns = [
    re_path(r"^guide/ready/$", ready),
    re_path(r"^guide/sign-in/(?P<name>\w+)/$", sign_in),
]
urlpatterns += urls.urlpatterns
