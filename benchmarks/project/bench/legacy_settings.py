"""The project as channels 0.17 knew it, for the shim and for the real old stack."""

from bench.settings import *  # noqa: F403
from bench.settings import REDIS

INSTALLED_APPS = ["channels", "compat"]

# With the 10 messages that fit by default, the in-memory layer of 0.17 turns most of 50 busy sockets away.
CONFIG = {"capacity": 10000}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "asgi_redis.RedisChannelLayer" if REDIS else "asgiref.inmemory.ChannelLayer",
        "CONFIG": dict(CONFIG, hosts=[REDIS]) if REDIS else CONFIG,
        "ROUTING": "bench.legacy.channel_routing",
    },
}
