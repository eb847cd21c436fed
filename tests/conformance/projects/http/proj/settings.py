import os

from base_settings import *  # noqa: F403
from base_settings import INSTALLED_APPS, layers

CHANNEL_LAYERS = layers("proj.routing.channel_routing")
INSTALLED_APPS = INSTALLED_APPS + ["django.contrib.staticfiles"]
STATICFILES_DIRS = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "static")]
