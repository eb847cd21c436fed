from account_settings import *  # noqa: F403
from account_settings import INSTALLED_APPS, layers

# Its default_app_config, which Django from 4.1 on does not read.
INSTALLED_APPS = INSTALLED_APPS + ["television.app.AppConfig"]
CHANNEL_LAYERS = layers("television.routing.channel_routing")
