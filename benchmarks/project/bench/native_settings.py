"""A project of channels >= 2, without compat."""

from bench.settings import *  # noqa: F403
from bench.settings import REDIS

INSTALLED_APPS = ["channels"]
ASGI_APPLICATION = "bench.native_asgi.unwrapped"

if REDIS:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS]}}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
