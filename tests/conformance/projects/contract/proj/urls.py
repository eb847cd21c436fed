from urls_common import common, re_path

from proj import views

urlpatterns = common + [
    re_path(r"^send/$", views.send),
    re_path(r"^group/$", views.group),
    re_path(r"^discard/$", views.discard),
]
