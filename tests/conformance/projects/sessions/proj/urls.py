from accounts import urls
from urls_common import common, re_path

from proj import views

urlpatterns = common + urls + [re_path(r"^of_channel/$", views.of_channel)]
