from typing import Any

from django.apps import AppConfig

import compat
from compat import otree


def install() -> None:
    """Do what has to be done before models are imported; nothing happens the second time."""
    compat.install()
    if otree.applies():
        from compat.otree import project as otree_project

        otree_project.install()


class CompatConfig(AppConfig):  # type: ignore[misc]
    name = "compat"
    verbose_name = "channels-compat"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # Here, and not in ready(): Django makes all AppConfigs before it imports the first models.py,
        # and models say `from channels import Group`.
        install()

    def ready(self) -> None:
        if compat.stack() == compat.NEW:
            from compat.dropin import project

            project.prepare()
        if otree.applies():
            from compat.otree import project as otree_project

            otree_project.prepare()
