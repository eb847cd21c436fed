from django.urls import re_path
from urls_common import common

from proj import views

urlpatterns = [*common, re_path(r"^state/$", views.state), re_path(r"^log-in/(?P<name>\w+)/$", views.log_in)]
