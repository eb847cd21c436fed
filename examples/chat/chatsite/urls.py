try:
    from django.urls import re_path
except ImportError:  # Django 1.11
    from django.conf.urls import url as re_path

from chat import views

urlpatterns = [
    re_path(r"^$", views.lobby),
    re_path(r"^chat/(?P<room>\w+)/$", views.room, name="room"),
]
