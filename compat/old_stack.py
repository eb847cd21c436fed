"""What the doctor looks at where channels < 2 is installed: whether all is ready for the way off. Python 3.6."""

import os
import sys
from importlib import import_module
from typing import Any, Dict, Iterator

from compat import catalogue, otree, stages
from compat.doctor import Finding, of_stage

# Where the rewriter runs is anybody's choice, but not here.
_REWRITE = "python3 -m compat rewrite . --to shim --write   (in an environment of Python 3.9 or newer)"
_NEW_ENVIRONMENT = "python3 -m venv new-environment && new-environment/bin/python -m pip install "


def examine() -> Iterator[Finding]:
    """Findings, from the settings to the stage."""
    try:
        if otree.installed_version():
            settings = vars(import_module(os.environ["DJANGO_SETTINGS_MODULE"]))
        else:
            settings = _set_up()
    except Exception as error:
        yield Finding("Django does not start: {}: {}".format(type(error).__name__, error), "correct that first")
        return
    wrong = list(_of_settings(settings))
    yield from wrong
    if not wrong:
        yield Finding("Nothing in the settings stands in the way of the new stack.")
    yield _stage(settings)


def _set_up() -> Dict[str, Any]:
    """What the project sets, without Django's defaults, once Django is set up."""
    import django
    from django.conf import settings

    django.setup()
    return {name: getattr(settings, name) for name in dir(settings) if name.isupper() and settings.is_overridden(name)}


def _of_settings(settings: Dict[str, Any]) -> Iterator[Finding]:
    layers = settings.get("CHANNEL_LAYERS") or {}
    if not layers and not otree.installed_version():
        yield Finding(
            "There is no CHANNEL_LAYERS in the settings.",
            'CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": '
            '"project.routing.channel_routing"}}',
        )
    for alias, layer in sorted(layers.items()):
        row = catalogue.BY_OLD.get(layer.get("BACKEND", ""))
        if row is not None and "was never ported" in row.why:
            yield Finding(
                "CHANNEL_LAYERS[{!r}]: {} {}.".format(alias, row.old, row.why),
                'write "BACKEND": "asgi_redis.RedisChannelLayer", and its "hosts"',
            )
        try:
            _import_routing(layer.get("ROUTING", []))
        except Exception as error:
            yield Finding(
                "CHANNEL_LAYERS[{!r}]: ROUTING does not load: {}: {}".format(alias, type(error).__name__, error),
                "correct that first",
            )
    if settings.get("MIDDLEWARE_CLASSES") and not settings.get("MIDDLEWARE") and not otree.installed_version():
        yield Finding(
            "Django 2 and later do not read MIDDLEWARE_CLASSES.", "rename it to MIDDLEWARE, with middleware of today"
        )


def _import_routing(routing: Any) -> None:
    if isinstance(routing, str):
        module, _, name = routing.rpartition(".")
        getattr(import_module(module), name)


def _stage(settings: Dict[str, Any]) -> Finding:
    apps = settings.get("INSTALLED_APPS") or ()
    # The routing has been imported, and with it the consumers.
    named = "compat.v0" in sys.modules or any(app == "compat" or app.startswith("compat.apps.") for app in apps)
    stage = stages.decide(legacy=True, shim=named, old_stack=True, native=False, warned=False)
    wanted = "'otree<5' channels-compat" if otree.installed_version() else "'channels-compat[channels4]'"
    return of_stage(stage, _NEW_ENVIRONMENT + wanted if named else _REWRITE)
