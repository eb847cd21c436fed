"""``python -m compat doctor``: what the project in this folder still needs. Looks only; changes and deletes nothing."""

import os
import sys
from typing import Iterator, NamedTuple

import compat
from compat import otree


class Finding(NamedTuple):
    """Something worth saying.

    Attributes:
        text: what was found, and what it means.
        remedy: the one command, or the one line, that helps; empty if nothing needs doing.
    """

    text: str
    remedy: str = ""


def main(settings_module: str = "") -> int:
    """Print the findings.

    Args:
        settings_module: the project's settings; by default what DJANGO_SETTINGS_MODULE says.

    Returns:
        The exit status: 1 if something needs doing, else 0.
    """
    sys.path.insert(0, os.getcwd())
    if settings_module:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    status = 0
    for finding in examine():
        print(("-  " if finding.remedy else "ok ") + finding.text)
        if finding.remedy:
            print(f"   do: {finding.remedy}")
            status = 1
    return status


def examine() -> Iterator[Finding]:
    """All findings, the most general first."""
    stack = compat.stack()
    if otree.without_channels():
        yield Finding(otree.without_channels(), "pip install 'otree<5'")
        return
    if stack == compat.NONE:
        yield Finding(compat.missing(), "pip install 'channels-compat[channels4]'")
        return
    if stack == compat.OLD:
        yield Finding("The installed channels is older than 2: the project runs on it as it is, without our help.")
        return
    import channels
    import django

    versions = f"Django {django.__version__}, channels {channels.__version__}"
    yield Finding(f"Python {sys.version.split()[0]}, {versions}, channels-compat {compat.__version__}.")
    if otree.installed_version():
        from compat.otree import doctor

        yield Finding(f"oTree {otree.installed_version()}.")
        yield from doctor.examine()
        return
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        yield Finding(
            "Which settings the project has is not known.", "python -m compat doctor --settings project.settings"
        )
        return
    compat.install()
    try:
        django.setup()
    except Exception as error:
        yield Finding(f"Django does not start: {type(error).__name__}: {error}", "correct that first")
        return
    yield from checks()


def checks() -> Iterator[Finding]:
    """What our system checks report, once Django is set up."""
    from compat.checks import check_settings

    messages = check_settings(None)
    for message in messages:
        yield Finding(str(message.msg), str(message.hint or "correct that"))
    if not messages:
        yield Finding("The routing, the consumers and the channel layers load.")
