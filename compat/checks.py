"""System checks: wrong legacy settings are reported at start, with what to do."""

from typing import Any, Dict, List

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from compat.guide import see
from compat.v2 import settings as compat_settings


@checks.register("compat")  # type: ignore[untyped-decorator]
def check_settings(app_configs: Any, **kwargs: Any) -> List[checks.CheckMessage]:
    """Build every channel layer and its routing, and load the ASGI application; report what fails."""
    from compat.v0.asgi import channel_layers

    found: List[checks.CheckMessage] = []
    configs: Dict[str, Any] = {}
    try:
        configs = channel_layers.configs
        found += [checks.Warning(loss, id="compat.W001") for loss in compat_settings.losses()]
    except ImproperlyConfigured as error:
        found.append(checks.Error(str(error), id="compat.E002"))
    if not (configs or found):
        found.append(
            checks.Error(
                "There is no CHANNEL_LAYERS in the settings.",
                hint='CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", '
                f'"ROUTING": "project.routing.channel_routing"}}}} serves a project without Redis. {see("no-layers")}',
                id="compat.E001",
            )
        )
    for alias in dict.fromkeys(("default", *configs) if configs else ()):
        if alias != "default" and "ROUTING" not in configs[alias]:
            continue  # a layer that native code alone uses
        try:
            channel_layers[alias].router.custom_channels()
        except Exception as error:  # a routing module may raise anything
            found.append(checks.Error(f"CHANNEL_LAYERS[{alias!r}]: {type(error).__name__}: {error}", id="compat.E002"))
    for check in (compat_settings.options, compat_settings.protocols, compat_settings.native_application):
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


@checks.register("compat", checks.Tags.security, deploy=True)  # type: ignore[untyped-decorator]
def check_origins(app_configs: Any, **kwargs: Any) -> List[checks.CheckMessage]:
    """In production: pages of other sites should not be able to open sockets with a visitor's cookies."""
    from compat.v0.asgi import channel_layers

    try:
        unchecked = not compat_settings.options().allowed_origins
        sockets = any(name.startswith("websocket.") for name in channel_layers["default"].router.channels)
    except Exception:  # reported by check_settings
        return []
    if not (unchecked and sockets):
        return []
    return [
        checks.Warning(
            "Pages of other sites can open your WebSockets, as your visitors: their browsers send the cookies along.",
            hint='CHANNELS_COMPAT = {"ALLOWED_ORIGINS": True} lets only pages of ALLOWED_HOSTS do so. '
            f"{see('allowed-origins')}",
            id="compat.W004",
        )
    ]


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
