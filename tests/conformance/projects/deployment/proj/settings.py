from base_settings import *  # noqa: F403
from base_settings import layers

CHANNEL_LAYERS = layers("proj.routing.channel_routing")
ASGI_APPLICATION = "proj.native.application"
