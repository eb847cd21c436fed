"""What the settings of all examples have in common; valid on Django 1.11 to 5.2."""

import os

SIDE = os.environ["GUIDE_SIDE"]
FOLDER = os.environ["GUIDE_FOLDER"]

SECRET_KEY = "not a secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "guide_urls"
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(FOLDER, "db.sqlite3"),
        "OPTIONS": {"timeout": 20},
        "TEST": {"NAME": os.path.join(FOLDER, "test.sqlite3")},
    },
}
# Tables are made without migrations: those of Django 1.11 do not get on with a newer SQLite.
MIGRATION_MODULES = {"contenttypes": None, "auth": None, "sessions": None}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
INSTALLED_APPS = ["channels", "chat"]

REDIS = os.environ.get("GUIDE_REDIS", "")
if SIDE in ("mixed", "native"):
    ASGI_APPLICATION = "mysite.asgi.application"
if SIDE == "native":
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    if REDIS:
        CHANNEL_LAYERS = {
            "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS]}},
        }
else:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "chat.routing.channel_routing"}
    }
    if REDIS:
        CHANNEL_LAYERS["default"].update(BACKEND="asgi_redis.RedisChannelLayer", CONFIG={"hosts": [REDIS]})


def completed(apps):
    """The INSTALLED_APPS of an example, with what it takes to run it on the stack at hand."""
    added = os.environ["GUIDE_ADDED_APP"].split()
    added += ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
    added.append("guide_app.apps.GuideConfig")
    return [app for app in added if app not in apps] + list(apps)
