"""System checks: wrong legacy settings are reported at start, with what to do."""

from typing import Any, List

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from compat.guide import see
from compat.v2 import settings as compat_settings


@checks.register("compat")  # type: ignore[untyped-decorator]
def check_settings(app_configs: Any, **kwargs: Any) -> List[checks.CheckMessage]:
    """Build every channel layer and its routing, and load the ASGI application; report what fails."""
    from compat.v0.asgi import channel_layers

    found: List[checks.CheckMessage] = [checks.Warning(loss, id="compat.W001") for loss in compat_settings.losses()]
    if not channel_layers.configs:
        found.append(
            checks.Error(
                "There is no CHANNEL_LAYERS in the settings.",
                hint='CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", '
                f'"ROUTING": "project.routing.channel_routing"}}}} serves a project without Redis. {see("no-layers")}',
                id="compat.E001",
            )
        )
    for alias in channel_layers.configs:
        if "ROUTING" not in channel_layers.configs[alias] and alias != "default":
            continue  # a layer that native code alone uses
        try:
            channel_layers[alias]
        except Exception as error:  # a routing module may raise anything
            found.append(checks.Error(f"CHANNEL_LAYERS[{alias!r}]: {type(error).__name__}: {error}", id="compat.E002"))
    for check in (compat_settings.options, compat_settings.native_application):
        try:
            check()
        except ImproperlyConfigured as error:
            found.append(checks.Error(str(error), id="compat.E003"))
    found += _left_to_nobody(channel_layers)
    if getattr(settings, "MIDDLEWARE_CLASSES", None) and not settings.MIDDLEWARE:
        found.append(
            checks.Warning(
                "MIDDLEWARE_CLASSES is not read by this Django, and MIDDLEWARE is empty.",
                hint=f"Rename it to MIDDLEWARE. {see('middleware-classes')}",
                id="compat.W002",
            )
        )
    return found


def _left_to_nobody(channel_layers: Any) -> List[checks.CheckMessage]:
    try:
        pointless = compat_settings.options().worker_channels and channel_layers["default"].local_only()
    except Exception:  # reported above
        return []
    if not pointless:
        return []
    return [
        checks.Warning(
            "CHANNELS_COMPAT['WORKER_CHANNELS'] is ignored: the default channel layer is in memory, where workers "
            "cannot be reached.",
            hint=f"Use asgi_redis.RedisChannelLayer (channels_redis), or remove the option. {see('runworker')}",
            id="compat.W003",
        )
    ]
