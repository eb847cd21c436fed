from urls_common import common, re_path

from proj import views

urlpatterns = common + [re_path(r"^publish/$", views.publish), re_path(r"^visit/$", views.visit)]
