from django.apps import AppConfig


class Presence(AppConfig):
    """The package has one, but of another name; Django from 3.2 on finds that and fails."""

    name = "channels_presence"


class Project(AppConfig):
    name = "proj"

    def ready(self):
        from proj import signals
