import json
import os

from account_settings import *  # noqa: F403
from base_settings import layers

# What a test wants otherwise.
WANTED = json.loads(os.environ.get("FAULTS_SETTINGS", "{}"))

CHANNEL_LAYERS = layers("proj.routing.channel_routing", **WANTED.pop("layer", {}))
ASGI_APPLICATION = "proj.native.application"
DATABASES["default"]["OPTIONS"] = {"timeout": 30}  # noqa: F405
# In the database they would be what most of the soak's time goes into; the cache throws some out when it has many.
SESSION_ENGINE = "django.contrib.sessions.backends.file"
globals().update(WANTED)
