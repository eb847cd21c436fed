from accounts import urls
from urls_common import common

urlpatterns = common + urls
