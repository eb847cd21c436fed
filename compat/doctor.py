"""``python -m compat doctor``: the stage that the project in this folder is at, what is wrong in its settings, and the
next step. Looks only; changes and deletes nothing. Runs on the old stack too (Python 3.6)."""

import os
import re
import sys
from typing import Iterator, NamedTuple

import compat
from compat import deprecation, otree, stages

_MANAGE_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)""")
_NOT_COMPAT = 'Nothing serves the consumers of channels 0.17, since INSTALLED_APPS lacks "compat".'


class Finding(NamedTuple):
    """Something worth saying.

    Attributes:
        text: what was found, and what it means.
        remedy: the one command, or the one line, that helps; empty if nothing is wrong.
        next_step: what to do next although nothing is wrong, as one command.
    """

    text: str
    remedy: str = ""
    next_step: str = ""


def main(settings_module: str = "", folder: str = "") -> int:
    """Print the findings.

    Args:
        settings_module: the project's settings; by default what DJANGO_SETTINGS_MODULE or manage.py says.
        folder: the project's; the current one by default.

    Returns:
        The exit status: 1 if something is wrong, else 0.
    """
    if folder:
        os.chdir(folder)
    sys.path.insert(0, os.getcwd())
    settings_module = settings_module or os.environ.get("DJANGO_SETTINGS_MODULE") or _of_manage()
    if settings_module:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    status = 0
    for finding in examine():
        print(("-  " if finding.remedy else "ok ") + finding.text)
        if finding.remedy:
            print("   do: " + finding.remedy)
            status = 1
        elif finding.next_step:
            print("   next: " + finding.next_step)
    return status


def _of_manage() -> str:
    """The settings module that manage.py names; "" if there is none."""
    if not os.path.isfile("manage.py"):
        return ""
    with open("manage.py", encoding="utf-8", errors="replace") as file:
        found = _MANAGE_SETTINGS.search(file.read())
    return found.group(1) if found else ""


def examine() -> Iterator[Finding]:
    """All findings, the most general first; the stage last, if nothing keeps the project from starting."""
    if otree.without_channels():
        yield Finding(otree.without_channels(), "pip install 'otree<5'")
        return
    stack = compat.stack()
    if stack == compat.NONE:
        yield Finding(compat.missing(), "pip install 'channels-compat[channels4]'")
        return
    import channels
    import django

    versions = "Django {}, channels {}".format(django.get_version(), channels.__version__)
    yield Finding("Python {}, {}, channels-compat {}.".format(sys.version.split()[0], versions, compat.__version__))
    if stack == compat.NEW and otree.installed_version():
        from compat.otree import doctor

        yield Finding("oTree {}.".format(otree.installed_version()))
        yield from doctor.examine()
        if django.apps.apps.ready:
            yield new_stage()
        return
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        yield Finding(
            "Which settings the project has is not known.", "python -m compat doctor --settings project.settings"
        )
        return
    if stack == compat.OLD:
        from compat import old_stack

        yield from old_stack.examine()
        return
    compat.install()
    try:
        django.setup()
    except Exception as error:
        yield Finding("Django does not start: {}: {}".format(type(error).__name__, error), "correct that first")
        return
    yield from checks()
    yield from _of_new_stack()
    yield new_stage()


def checks() -> Iterator[Finding]:
    """What our system checks report, once Django is set up."""
    from compat.checks import check_settings

    messages = check_settings(None)
    for message in messages:
        yield Finding(str(message.msg), str(message.hint or "correct that"))
    if not messages:
        yield Finding("The routing, the consumers and the channel layers load.")


# --- the new stack, once Django is set up -----------------------------------------------------------


def _of_new_stack() -> Iterator[Finding]:
    from django.conf import settings

    from compat.v2 import versions

    if _has_routes() and not _has_app(settings.INSTALLED_APPS):
        yield Finding(_NOT_COMPAT, 'add "compat" to INSTALLED_APPS')
    if versions.runserver_command() is None:
        yield Finding(
            "runserver serves no sockets: since channels 4 that is daphne's business, which is not installed.",
            "python -m pip install daphne",
        )


def _has_app(installed_apps: object) -> bool:
    assert isinstance(installed_apps, (list, tuple))
    return any(str(app) == "compat" or str(app).startswith("compat.apps.") for app in installed_apps)


def _has_routes() -> bool:
    """Whether the project has legacy routes. One that cannot be imported counts: it is reported elsewhere."""
    from compat.v0.routing import Router
    from compat.v2.settings import legacy_layers

    try:
        routings = [layer.get("ROUTING") for layer in legacy_layers().values()]
        return any(routing and list(Router.resolve_routing(routing)) for routing in routings)
    except Exception:
        return True


def new_stage() -> Finding:
    """The stage of a project on the new stack."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from compat.v2 import settings as compat_settings
    from compat.v2 import versions

    try:
        application = compat_settings.native_application()
    except ImproperlyConfigured:  # reported elsewhere
        application = None
    stage = stages.decide(
        legacy=_has_routes(),
        shim=_has_app(settings.INSTALLED_APPS),
        old_stack=False,
        native=application is not None and versions.serves_websockets(application),
        warned=deprecation.wanted(),
    )
    native = "python -m compat rewrite . --to native --target {}".format(min(4, versions.CHANNELS_MAJOR))
    server = "otree devserver" if otree.applies() else "python manage.py runserver"
    steps = {
        0: "python -m compat rewrite . --to shim --only installed-apps --write",
        2: server if deprecation.wanted() else "COMPAT_WARN=1 " + server,
        3: native + " --diff",
        4: native + " --write",
        5: "python -m compat inventory .",
    }
    if stage.number == 5:
        # Imports in views and models would have to be read: the inventory does.
        stage = stage._replace(about="Its routing has no consumer of the old API.")
    return of_stage(stage, steps[stage.number])


def of_stage(stage: stages.Stage, next_step: str) -> Finding:
    """The finding about a stage."""
    text = "Stage {} of 5, {}: {}".format(stage.number, stage.title.lower(), stage.about)
    return Finding(text, next_step=next_step)
