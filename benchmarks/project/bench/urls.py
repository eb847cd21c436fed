from django.http import HttpResponse

try:
    from django.urls import re_path
except ImportError:  # Django 1.11
    from django.conf.urls import url as re_path


def hello(request):
    response = HttpResponse("the end of the response")
    response["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [re_path(r"^hello$", hello)]
