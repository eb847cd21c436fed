from urls_common import common

urlpatterns = common
