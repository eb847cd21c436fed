"""As a project of 0.17 has them; the one edit for today's stack is the word compat."""
import sys

SECRET_KEY = "not a secret"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "channels", "chat"]
if sys.version_info >= (3, 7):
    INSTALLED_APPS.insert(0, "compat")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "proj.urls"
MIDDLEWARE = []
USE_TZ = True
CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "proj.routing.channel_routing"}}
