"""What the doctor looks at in an oTree project that was upgraded in place."""

import os
from importlib import import_module
from typing import Any, Dict, Iterator

from compat.doctor import Finding, checks
from compat.guide import see

from . import versions

_REQUIRED = ("SESSION_CONFIG_DEFAULTS", "SESSION_CONFIGS", "LANGUAGE_CODE", "SECRET_KEY", "ADMIN_USERNAME")
_RESET = "otree resetdb (it empties the database: keep a copy of db.sqlite3 if you need what is in it)"


def examine() -> Iterator[Finding]:
    """Findings, from the settings to the database."""
    if not os.path.exists("settings.py"):
        yield Finding("There is no settings.py here.", "cd into the folder of your oTree project")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    try:
        settings = vars(import_module(os.environ["DJANGO_SETTINGS_MODULE"]))
    except Exception as error:
        yield Finding(f"settings.py: {type(error).__name__}: {error}", "correct that first")
        return
    stops = False
    for finding in _of_settings(settings):
        stops = stops or finding.remedy != ""
        yield finding
    yield from _of_procfile()
    yield from _of_migrations()
    if stops:
        return
    try:
        import_module("otree_startup").configure_settings(os.environ["DJANGO_SETTINGS_MODULE"])
        import_module("django").setup()
    except (Exception, SystemExit) as error:
        yield Finding(f"The project does not start: {type(error).__name__}: {error}", "correct that first")
        return
    yield from checks()
    yield from _of_database()


def _of_settings(settings: Dict[str, Any]) -> Iterator[Finding]:
    if "compat" not in settings.get("INSTALLED_APPS", ()):
        yield Finding(
            'INSTALLED_APPS lacks "compat": the sockets of consumers of channels 0.17 are dead.',
            "INSTALLED_APPS = ['otree', 'compat']",
        )
    for name in _REQUIRED:
        if name not in settings:
            yield Finding(f"settings.py has no {name}, which oTree needs.", f"add {name} to settings.py")
    if "DATABASES" in settings and versions.refuses_databases():
        yield Finding(
            f"oTree ends at once because settings.py has DATABASES. {see('otree-settings')}",
            "delete DATABASES from settings.py, and set the database by the environment variable DATABASE_URL",
        )
    for app in versions.refused_extensions().intersection(settings.get("EXTENSION_APPS", ())):
        yield Finding(
            f"oTree ends at once because EXTENSION_APPS has {app}. {see('otree-settings')}",
            f"delete {app} from EXTENSION_APPS; if you need its pages, name it in INSTALLED_APPS",
        )
    default = (settings.get("CHANNEL_LAYERS") or {}).get("default") or {}
    if default:
        yield Finding(f"CHANNEL_LAYERS is read, but oTree needs none: you may delete it. {see('otree-settings')}")
    if settings.get("MIDDLEWARE_CLASSES"):
        yield Finding(f"MIDDLEWARE_CLASSES is read; today it is called MIDDLEWARE. {see('otree-settings')}")
    if not settings.get("CHANNEL_ROUTING") and not default.get("ROUTING") and os.path.exists("routing.py"):
        yield Finding("There is a routing.py, and no setting names it.", "CHANNEL_ROUTING = 'routing.channel_routing'")


def _of_procfile() -> Iterator[Finding]:
    if not os.path.exists("Procfile"):
        return
    with open("Procfile", encoding="utf-8") as procfile:
        words = procfile.read().split()
    for name, successor in versions.retired_commands().items():
        if name in words:
            yield Finding(f"Procfile: otree {name} does nothing any more: {successor}. {see('otree-commands')}")


def _of_migrations() -> Iterator[Finding]:
    made_by = os.path.join("__temp_migrations", "otree-version.txt")
    if not os.path.exists(made_by):
        return
    with open(made_by, encoding="utf-8") as file:
        version = file.read().strip()
    if version != import_module("otree").__version__:
        yield Finding(
            f"__temp_migrations and db.sqlite3 are those of oTree {version}: devserver stops. {see('otree-database')}",
            "delete the folder __temp_migrations and the file db.sqlite3 (keep a copy if you need what is in it)",
        )


def _of_database() -> Iterator[Finding]:
    """Whether the tables are those of this version and of the models as they are now."""
    from django.apps import apps
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not os.path.exists(name):
        return
    try:
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
            different = []
            for model in apps.get_models() if tables else ():
                table = model._meta.db_table
                columns = {field.column for field in model._meta.local_concrete_fields}
                if table not in tables or columns - {
                    each.name for each in connection.introspection.get_table_description(cursor, table)
                }:
                    different.append(table)
    except Exception as error:
        yield Finding(f"The database {name} does not open: {error}", "correct that first")
        return
    if different:
        yield Finding(
            f"The database {name} is of another version or of older models ({', '.join(sorted(different)[:3])}, …): "
            f"pages will fail, and devserver may stop. {see('otree-database')}",
            _RESET,
        )
