import os

from base_settings import *  # noqa: F403
from base_settings import layers

CHANNEL_LAYERS = layers("proj.routing.channel_routing")

# Sessions that all workers see, without a database.
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = os.environ["CONFORMANCE_GATES"]
