from urls_common import common, re_path

from proj import views

urlpatterns = common + [re_path(r"^begin/$", views.begin), re_path(r"^kept/$", views.kept)]
