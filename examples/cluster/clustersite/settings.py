"""A project of channels 0.17. What differs between clusters comes from the environment, as run.py sets it."""

import json
import os

SECRET_KEY = "only an example"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["channels", "compat"]
MIDDLEWARE = []
ROOT_URLCONF = "clustersite.urls"
DATABASES = {}
USE_TZ = True

# Errors, which Django keeps to itself where DEBUG is off.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

CHANNEL_LAYERS = {
    "default": {
        **json.loads(os.environ.get("CLUSTER_LAYER", '{"BACKEND": "asgi_redis.RedisChannelLayer"}')),
        "ROUTING": "clustersite.routing.channel_routing",
    },
}

CHANNELS_COMPAT = {"WORKER_CHANNELS": ["work"], **json.loads(os.environ.get("CLUSTER_OPTIONS", "{}"))}
