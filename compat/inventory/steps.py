"""What to do next, as commands."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import NamedTuple

from .survey import CONVERTED, Survey

_EXTRAS = {2: "channels2", 3: "channels3", 4: "channels4"}
_REDIS = {2: "redis2", 3: "redis3", 4: "redis"}


class Step(NamedTuple):
    """One step.

    Attributes:
        about: what it is for, as a sentence.
        command: to copy; "" where something must be edited by hand.
    """

    about: str
    command: str = ""


def steps(survey: Survey) -> list[Step]:
    """The steps from where the project is to the next stage; none if nothing of the old API or the shim is left."""
    if survey.finished:
        return []
    found = _unparsed(survey)
    if survey.blockers:
        found.append(Step(f"Replace what channels-compat cannot run (listed above: {len(survey.blockers)})."))
    number = survey.stage.number
    if number == 0:
        found += _to_the_shim(survey)
    elif number == 1:
        found += _to_the_new_stack(survey)
    elif number == 2:
        found.append(Step("Use the application for a while, and see on the terminal where old code is still run.",
                          f"COMPAT_WARN=1 {_server(survey)}"))  # fmt: skip
        found += _to_native(survey)
    elif number in (3, 4):
        found += _to_native(survey)
    else:
        found += _without_the_shim(survey)
    return found


def _unparsed(survey: Survey) -> list[Step]:
    if not survey.unparsed:
        return []
    files = " ".join(shlex.quote(note.path) for note in survey.unparsed)
    about = "Convert what is Python 2, and look again (2to3 comes with Python up to 3.12)."
    return [Step(about, f"2to3 --write --nobackups {files}")]


def _to_the_shim(survey: Survey) -> list[Step]:
    found = [
        Step("Install channels-compat where the project runs. It changes nothing by itself.",
             "python -m pip install channels-compat"),
        Step("Look at what would be changed; nothing is written.", _rewrite(survey, "--to shim --diff")),
        Step("Change it: the imports come from compat.v0 then. The project behaves the same, on the old channels and "
             "on today's.", _rewrite(survey, "--to shim --write")),
    ]  # fmt: skip
    if "app otree" in survey.facts:
        found.append(Step('Add "compat" to INSTALLED_APPS in settings.py: INSTALLED_APPS = ["otree", "compat"].'))
    return [*found, Step("See that it still works.", _tests(survey)), Step("Ask what comes next.", _doctor(survey))]


def _to_the_new_stack(survey: Survey) -> list[Step]:
    extras = [_EXTRAS[survey.target]]
    if any(place.row.old.startswith("asgi_redis") for place in survey.places):
        extras.append(_REDIS[survey.target])
    if "app otree" in survey.facts:
        install = "new-environment/bin/python -m pip install 'otree<5' channels-compat"
    else:
        install = f"new-environment/bin/python -m pip install 'channels-compat[{','.join(extras)}]'"
    return [
        Step("Make a new environment, of a newer Python.", "python3 -m venv new-environment"),
        Step("Install today's versions in it, and what else the project imports.", install),
        Step("Ask whether the settings fit, and what is missing.", f"new-environment/bin/{_doctor(survey)}"),
    ]


def _to_native(survey: Survey) -> list[Step]:
    to_native = f"--to native --target {survey.target}"
    found = []
    if survey.count(CONVERTED):
        found = [
            Step("Look at what the rewriter would convert to today's way of writing; nothing is written.",
                 _rewrite(survey, f"{to_native} --diff")),
            Step("Convert it. What is left goes on running on channels-compat.",
                 _rewrite(survey, f"{to_native} --write")),
            Step("See that it still works.", _tests(survey)),
        ]  # fmt: skip
    elif survey.left:
        found = [Step("Change one of the places that are left for you (listed above), and ask again.",
                      _rewrite(survey, f"{to_native} --check"))]  # fmt: skip
    return found


def _without_the_shim(survey: Survey) -> list[Step]:
    named = [("app compat", '"compat" from INSTALLED_APPS'), ("requires channels-compat", "channels-compat from the "
             "requirements")]  # fmt: skip
    what = " and ".join(text for fact, text in named if fact in survey.facts)
    found = [Step(f"Delete {what}.")] if what else []
    return [*found, Step("Remove the package, and see that everything works without it.",
                         "python -m pip uninstall channels-compat")]  # fmt: skip


def _rewrite(survey: Survey, options: str) -> str:
    return f"python -m compat rewrite {shlex.quote(survey.root)} {options}"


def _manage(survey: Survey, command: str) -> str:
    return f"python {shlex.quote(survey.manage or 'manage.py')} {command}"


def _server(survey: Survey) -> str:
    return "otree devserver" if "app otree" in survey.facts else _manage(survey, "runserver")


def _tests(survey: Survey) -> str:
    return "otree test" if "app otree" in survey.facts else _manage(survey, "test")


def _doctor(survey: Survey) -> str:
    folder = PurePosixPath(survey.manage).parent.as_posix() if survey.manage else "."
    settings = next((fact.split()[1] for fact in sorted(survey.facts) if fact.startswith("settings ")), "")
    command = "python -m compat doctor"
    if settings and "app otree" not in survey.facts:
        command += f" --settings {settings}"
    return command if folder == "." else f"{command} --folder {shlex.quote(folder)}"
