"""What the project has of its own for channels >= 2: it blocks the event loop, which it should not."""
import os
import time

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path
from observing import observe


class Blocking(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        path = os.path.join(os.environ["CONFORMANCE_GATES"], text_data)
        observe("blocked", name=text_data)
        while not os.path.exists(path):  # noqa: ASYNC240
            time.sleep(0.005)  # noqa: ASYNC251
        await self.send(text_data)


consumer = Blocking.as_asgi() if hasattr(Blocking, "as_asgi") else Blocking
protocols = {"websocket": URLRouter([re_path("^native", consumer)])}
try:
    from django.core.asgi import get_asgi_application
except ImportError:  # Django 2.2, where channels 2 has pages served without being told
    pass
else:
    protocols["http"] = get_asgi_application()
application = ProtocolTypeRouter(protocols)
