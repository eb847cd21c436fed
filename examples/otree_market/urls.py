from django.conf.urls import url
from market.pages import announce, market_data
from otree.urls import urlpatterns

urlpatterns.append(url(r"^market_data/(?P<session_code>\w+)/$", market_data))
urlpatterns.append(url(r"^market_announce/(?P<group_id>\d+)/$", announce))
