import os

from django.apps import AppConfig

from guide_app import note


class GuideConfig(AppConfig):
    name = "guide_app"

    def ready(self):
        if os.environ["GUIDE_SIDE"] != "native":
            watch_legacy()
        try:
            import channels.consumer
        except ImportError:
            return  # the old stack
        watch_native(channels.consumer)


def watch_legacy():
    from channels.routing import Router, null_consumer

    original = Router.match

    def match(self, message):
        found = original(self, message)
        if not found:
            return found
        consumer, kwargs = found
        if consumer is null_consumer:
            # Known by its identity to who calls this.
            note(message.channel.name, message.reply_channel)
            return found

        def watched(message, **kwargs):
            try:
                return consumer(message, **kwargs)
            finally:
                note(message.channel.name, message.reply_channel)

        return watched, kwargs

    Router.match = match


def watch_native(module):
    for kind in (module.SyncConsumer, module.AsyncConsumer):
        watch_class(kind, kind.__dict__["dispatch"])


def watch_class(kind, original):
    async def dispatch(self, message):
        try:
            await original.__get__(self, kind)(message)
        finally:
            note(message["type"], getattr(self, "channel_name", id(self)))

    kind.dispatch = dispatch
