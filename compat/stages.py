"""The stages of the way off the old API, as ``migration_guide/stages.md`` has them. Runs on Python 3.6."""

from typing import NamedTuple, Tuple


class Stage(NamedTuple):
    """One stage.

    Attributes:
        number: 0 to 5.
        title: what it is called.
        about: what is so, as a sentence for people who do not know Django.
    """

    number: int
    title: str
    about: str


STAGES: Tuple[Stage, ...] = (
    Stage(0, "See what there is", "The code is written for channels 0.17 and knows nothing of channels-compat yet."),
    Stage(1, "The shim on the old stack", "channels-compat is in place, and the old channels still does the work."),
    Stage(2, "The new stack", "The old code runs on today's Python, Django and channels, by way of channels-compat."),
    Stage(3, "Warnings on", "The project runs on today's channels and tells where it still uses the old API."),
    Stage(4, "One consumer at a time", "Some consumers are native, that is written for today's channels; others still "
          "go through channels-compat."),
    Stage(5, "Without the shim", "Nothing of the old API is used any more."),
)  # fmt: skip


def decide(legacy: bool, shim: bool, old_stack: bool, native: bool, warned: bool) -> Stage:
    """The stage of a project.

    Args:
        legacy: whether it uses anything of the old API.
        shim: whether it names channels-compat.
        old_stack: whether it runs on channels < 2.
        native: whether it has consumers for channels >= 2.
        warned: whether our warnings are on.
    """
    if not legacy:
        return STAGES[5]
    if not shim:
        return STAGES[0]
    if old_stack:
        return STAGES[1]
    if native:
        return STAGES[4]
    return STAGES[3] if warned else STAGES[2]
