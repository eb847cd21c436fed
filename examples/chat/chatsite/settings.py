"""Settings of a project written for channels 0.17; only the line with "compat" is new."""

import os

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SECRET_KEY = "only a demonstration"
DEBUG = True
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "channels",
    "chat",
    "compat",  # the whole upgrade; where channels 0.17 itself is installed, it does nothing
]

MIDDLEWARE = []
ROOT_URLCONF = "chatsite.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {}
USE_TZ = True
STATIC_URL = "/static/"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer",
        "ROUTING": "chatsite.routing.channel_routing",
    },
}
