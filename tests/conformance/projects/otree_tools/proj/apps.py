import functools

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save
from observing import observe

FIELDS = ("page_name", "app_name", "player_id", "round_number", "wait_for_images", "event_desc_type", "exit_type")
CLIENT_DISCONNECTED = 2


def saved(sender, instance, **kwargs):
    row = {name: getattr(instance, name) for name in FIELDS if hasattr(instance, name)}
    row["of"] = instance.participant.code
    for name in ("enter", "entry"):
        if hasattr(instance, name):
            row[name] = getattr(instance, name + "_id")
    if row.get("exit_type") != CLIENT_DISCONNECTED:
        row["timestamp"] = str(instance.timestamp)
    transaction.on_commit(functools.partial(observe, "saved", model=sender.__name__, row=row))


class Project(AppConfig):
    name = "proj"

    def ready(self):
        from otree_tools.models import Enter, Exit, FocusEvent

        for model in (Enter, Exit, FocusEvent):
            post_save.connect(saved, sender=model)
