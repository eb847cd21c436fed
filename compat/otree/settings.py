"""The settings of oTree 2.2.4, read as it read them.

Our own setting: ``OTREE_OPEN_UNKNOWN_SOCKETS`` (False): True opens sockets whose path nobody routes and keeps them
open, as 2.2.4 did; otherwise oTree refuses them as its version does.
"""

from typing import Any, Dict

from django.conf import settings

from compat.v2 import settings as compat_settings

from . import versions

OWN_ROUTING = "otree.channels.routing.channel_routing"
_SERVED = "compat.otree.routing.served"
# The layer that 2.2.4 brought: that of asgi_redis with more room.
_OTREE_REDIS = compat_settings.Backend(
    compat_settings.REDIS_LAYER,
    compat_settings.BACKENDS["asgi_redis.RedisChannelLayer"].config_keys,
    {"capacity": 10000},
)

# What the project says its routes are: a dotted name, or a list.
project_routing: Any = OWN_ROUTING


def adopt() -> None:
    """Translate CHANNEL_LAYERS, CHANNEL_ROUTING and MIDDLEWARE_CLASSES."""
    global project_routing
    compat_settings.BACKENDS["otree.channels.asgi_redis.RedisChannelLayer"] = _OTREE_REDIS
    layers: Dict[str, Any] = dict(settings.CHANNEL_LAYERS)
    default = dict(layers.get("default") or {})
    project_routing = default.get("ROUTING") or getattr(settings, "CHANNEL_ROUTING", None) or OWN_ROUTING
    if default.get("BACKEND") in compat_settings.BACKENDS and not versions.uses_redis():
        # As 2.2.4's devserver did, whatever the settings say. oTree 3 has no other layer.
        default = {"BACKEND": compat_settings.MEMORY_LAYER}
    settings.CHANNEL_LAYERS = {**layers, "default": {**default, "ROUTING": _SERVED}}
    classes = getattr(settings, "MIDDLEWARE_CLASSES", None) or ()
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *(name for name in classes if name not in settings.MIDDLEWARE)]
