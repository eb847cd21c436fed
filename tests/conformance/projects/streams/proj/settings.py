from account_settings import *  # noqa: F403
from account_settings import layers

CHANNEL_LAYERS = layers("proj.routing.channel_routing")
