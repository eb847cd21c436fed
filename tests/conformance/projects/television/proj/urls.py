from accounts import urls
from urls_common import common, re_path

from proj import views

urlpatterns = common + urls + [re_path(r"^promote/$", views.promote), re_path(r"^signed_in/$", views.signed_in)]
