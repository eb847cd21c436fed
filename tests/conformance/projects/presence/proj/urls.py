from accounts import urls
from urls_common import common, re_path

from proj import views

urlpatterns = common + urls + [
    re_path(r"^%s/$" % view.__name__, view) for view in (views.age, views.prune, views.rooms)
]
