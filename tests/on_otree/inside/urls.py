from clicks import held
from django.conf.urls import url
from otree.urls import urlpatterns

urlpatterns.append(url(r"^view/$", "clicks.pages.view"))
urlpatterns += [
    url(r"^release/(?P<name>\w+)/$", held.release),
    url(r"^held/(?P<name>\w+)/$", held.held),
    url(r"^stored/(?P<player>\d+)/$", held.stored),
]
