"""Settings that all projects share; valid on Django 1.11 to 5.2.

A project says `from base_settings import *` and then names its routing with `layers("proj.routing...")`.
"""
import os

SECRET_KEY = "not a secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "proj.urls"
MIDDLEWARE = []

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True
STATIC_URL = "/static/"

INSTALLED_APPS = ["channels"]
if os.environ.get("CONFORMANCE_SHIM"):
    # the one edit that a project needs on a new stack
    INSTALLED_APPS.insert(0, "compat")

if os.environ.get("CONFORMANCE_WORKER_CHANNELS"):
    CHANNELS_COMPAT = {"WORKER_CHANNELS": [os.environ["CONFORMANCE_WORKER_CHANNELS"]]}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"observe": {"class": "observing.ObservingHandler", "level": "WARNING"}},
    "loggers": {
        "django.channels": {"handlers": ["observe"], "level": "INFO"},
        # the access log of today's runserver
        "django.channels.server": {"propagate": False},
    },
}


def layers(routing, **config):
    """CHANNEL_LAYERS as a 0.17 project writes it, for the layer the harness asks for."""
    if os.environ["CONFORMANCE_LAYER"] == "redis":
        return {
            "default": {
                "BACKEND": "asgi_redis.RedisChannelLayer",
                "CONFIG": dict(
                    config,
                    hosts=os.environ["CONFORMANCE_REDIS"].split(),
                    prefix=os.environ["CONFORMANCE_PREFIX"],
                ),
                "ROUTING": routing,
            },
        }
    return {
        "default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "CONFIG": config, "ROUTING": routing},
    }
