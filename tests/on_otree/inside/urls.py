from django.conf.urls import url
from otree.urls import urlpatterns

urlpatterns.append(url(r"^view/$", "clicks.pages.view"))
