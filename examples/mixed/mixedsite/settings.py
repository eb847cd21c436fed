"""A project half way: some sockets are still served by consumers of channels 0.17, some by native ones."""

SECRET_KEY = "only a demonstration"
DEBUG = True
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "channels",
    "tables",
    "compat",
]

MIDDLEWARE = []
ROOT_URLCONF = "mixedsite.urls"
DATABASES = {}
USE_TZ = True
STATIC_URL = "/static/"

# Asked for whatever has no legacy route below.
ASGI_APPLICATION = "mixedsite.asgi.application"

# Legacy and native consumers share this layer, and so its groups.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "asgiref.inmemory.ChannelLayer",
        "ROUTING": "mixedsite.routing.channel_routing",
    },
}
