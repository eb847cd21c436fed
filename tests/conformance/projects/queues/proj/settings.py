import os

from base_settings import *  # noqa: F403

# Always Redis, and said so: processes of their own consume the queues.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "asgi_redis.RedisChannelLayer",
        "CONFIG": {"hosts": [os.environ["CONFORMANCE_REDIS"]], "prefix": os.environ["CONFORMANCE_PREFIX"]},
        "ROUTING": "proj.routing.channel_routing",
    },
}
