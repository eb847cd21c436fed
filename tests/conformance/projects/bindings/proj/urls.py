from accounts import urls
from urls_common import common, re_path

from proj import views

urlpatterns = common + urls + [
    re_path(r"^fresh/$", views.fresh),
    re_path(r"^add/$", views.add),
    re_path(r"^late/$", views.late),
]
