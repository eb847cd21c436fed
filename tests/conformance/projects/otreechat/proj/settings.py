from base_settings import layers
from otree_settings import *  # noqa: F403
from otree_settings import INSTALLED_APPS

INSTALLED_APPS = INSTALLED_APPS + ["otreechat"]
CHANNEL_LAYERS = layers("otreechat.otree_extensions.routing.channel_routing")
