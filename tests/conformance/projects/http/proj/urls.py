from urls_common import common, re_path

from proj import views

urlpatterns = common + [
    re_path(r"^django/told/", views.told),
    re_path(r"^django/streaming/$", views.streaming),
    re_path(r"^django/file/$", views.file),
    re_path(r"^django/later/(?P<word>\w+)/$", views.later),
    re_path(r"^django/fails/$", views.fails),
]
handler404 = views.missing
handler500 = views.failed
