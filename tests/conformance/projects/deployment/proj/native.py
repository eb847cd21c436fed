"""What the project has of its own for channels >= 2."""
from channels.consumer import SyncConsumer
from channels.routing import ChannelNameRouter, ProtocolTypeRouter
from observing import observe


class Thumbnails(SyncConsumer):
    def make(self, event):
        observe("thumbnail", text=event["name"])


consumer = Thumbnails.as_asgi() if hasattr(Thumbnails, "as_asgi") else Thumbnails
application = ProtocolTypeRouter({"channel": ChannelNameRouter({"thumbnails": consumer})})
