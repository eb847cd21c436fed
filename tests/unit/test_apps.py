"""The Django app."""

from __future__ import annotations

from django.apps import apps

import compat
from compat.apps import CompatConfig


def test_the_app_is_ours() -> None:
    config = apps.get_app_config("compat")
    assert isinstance(config, CompatConfig)
    assert (config.name, config.label, config.module) == ("compat", "compat", compat)


def test_it_is_prepared_when_all_apps_are_loaded() -> None:
    from django.conf import settings
    from django.core.management import get_commands

    assert settings.ASGI_APPLICATION == "compat.v0.asgi.application"
    assert get_commands()["runserver"] == "compat"


def test_it_has_no_models_and_no_migrations() -> None:
    assert list(apps.get_app_config("compat").get_models()) == []
