"""What changes in a Django project when compat is installed: settings, ASGI_APPLICATION, commands."""

from typing import Any, Callable, Dict

from compat.v2 import settings as compat_settings
from compat.v2 import versions

APPLICATION = "compat.v0.asgi.application"


def patch_channel_layers() -> Callable[[], None]:
    """Let channels read CHANNEL_LAYERS as it was written for 0.17; returns what undoes it."""
    from channels.layers import ChannelLayerManager

    original = ChannelLayerManager.configs

    def configs(self: Any) -> Dict[str, Any]:
        return compat_settings.native_layers()

    ChannelLayerManager.configs = property(configs)

    def restore() -> None:
        ChannelLayerManager.configs = original

    return restore


def add_installed_app() -> Callable[[], None]:
    """See to it that ``compat`` is among the apps that Django loads; returns what undoes it.

    Not by changing the settings: they may be half loaded at this moment, with settings.py having called us.
    """
    from django.apps.registry import Apps, apps

    original = Apps.populate

    def populate(self: Any, installed_apps: Any = None) -> None:
        if self is apps and installed_apps is not None:
            names = [getattr(app, "name", app) for app in installed_apps]
            if not any(name == "compat" or name.startswith("compat.apps.") for name in names):
                installed_apps = [*installed_apps, "compat"]
        original(self, installed_apps)

    Apps.populate = populate

    def restore() -> None:
        Apps.populate = original

    return restore


def prepare() -> None:
    """Called when all apps are loaded: connect bindings, serve legacy routes, and have our commands do it."""
    from django.core.management import get_commands

    from compat import checks  # noqa: F401  (registers itself)
    from compat.dropin import urls
    from compat.v0.binding.base import BindingMetaclass

    BindingMetaclass.register_all()
    urls.restore()
    compat_settings.serve_first(APPLICATION)
    # A dict that Django caches. Only by the order of INSTALLED_APPS could a command be replaced otherwise.
    commands = get_commands()
    for name in ("runserver", "runworker"):
        if commands.get(name) in versions.COMMAND_OWNERS:
            commands[name] = "compat"
