from otree_tools.otree_extensions.urls import urlpatterns as of_the_package
from urls_common import common, re_path

from proj import views

urlpatterns = common + of_the_package + [re_path(r"^begin/$", views.begin)]
