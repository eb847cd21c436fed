from base_settings import LOGGING, layers
from otree_settings import *  # noqa: F403
from otree_settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "proj"] + ["otree_tools", "proj.apps.Project"]
CHANNEL_LAYERS = layers("otree_tools.otree_extensions.routing.channel_routing")

# The package logs when sockets come and go.
LOGGING = dict(
    LOGGING,
    handlers=dict(LOGGING["handlers"], all={"class": "observing.ObservingHandler"}),
    loggers=dict(LOGGING["loggers"], **{"otree_tools.consumers": {"handlers": ["all"], "level": "INFO"}}),
)
