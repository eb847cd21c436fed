from typing import Any, List

from django.http import HttpResponse


def page(request: Any) -> HttpResponse:
    return HttpResponse("of Django")


urlpatterns: List[Any] = []
try:
    from django.urls import re_path
except ImportError:  # Django 1.11
    pass
else:
    urlpatterns.append(re_path("^page/$", page))
