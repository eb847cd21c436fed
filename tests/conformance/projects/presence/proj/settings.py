import django_of_then
from account_settings import *  # noqa: F403
from account_settings import INSTALLED_APPS, MIGRATION_MODULES, layers

django_of_then.lend()

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "proj"] + ["proj.apps.Presence", "proj.apps.Project"]
MIGRATION_MODULES = dict(MIGRATION_MODULES, channels_presence=None)
CHANNEL_LAYERS = layers("proj.routing.channel_routing")
CHANNELS_PRESENCE_MAX_AGE = 600
