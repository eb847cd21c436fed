"""What changes in an oTree project when compat is an installed app."""

from django.conf import settings
from django.db.backends.signals import connection_created

from compat.v0.signals import consumer_started

from . import commands, database, django1, idmap, layers, overlay
from . import settings as project_settings

APPLICATION = "compat.otree.asgi.application"

_installed = False


def install() -> None:
    """Before models are loaded: they import oTree's old names, and oTree makes its channel layer with them.
    Nothing happens the second time."""
    global _installed
    if _installed:
        return
    _installed = True
    django1.restore()
    overlay.install()
    project_settings.adopt()
    layers.replace_early()


def prepare() -> None:
    """When all apps are loaded, after :func:`compat.dropin.project.prepare`: serve, guard the models, add commands."""
    settings.ASGI_APPLICATION = APPLICATION
    idmap.guard(consumer_started)
    connection_created.connect(database.share, dispatch_uid="compat.otree")
    commands.register()
