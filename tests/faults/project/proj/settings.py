import json
import os

from account_settings import *  # noqa: F403
from base_settings import layers

# What a test wants otherwise.
WANTED = json.loads(os.environ.get("FAULTS_SETTINGS", "{}"))

CHANNEL_LAYERS = layers("proj.routing.channel_routing", **WANTED.pop("layer", {}))
ASGI_APPLICATION = "proj.native.application"
DATABASES["default"]["OPTIONS"] = {"timeout": 30}  # noqa: F405
# A session for each socket would be what most of the soak's time goes into.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
globals().update(WANTED)
