"""Native consumers in the group of the legacy ones.

On the layer, a message of `Group(...).send({"text": ...})` is an event of the type `websocket.send`. So a
native consumer needs a handler of that name to hear legacy ones, and sends such events to be heard by them.
"""

import json

from channels.generic.websocket import AsyncWebsocketConsumer

from compat.v2.consumer import LegacyEvents


class TableConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        names = self.scope["url_route"]["kwargs"]
        self.table, self.name = "table-" + names["table"], names["name"]
        await self.channel_layer.group_add(self.table, self.channel_name)
        await self.accept()
        await self.say("sits down")

    async def receive(self, text_data=None, bytes_data=None):
        await self.say(json.loads(text_data)["text"])

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.table, self.channel_name)
        await self.say("gets up")

    async def say(self, text):
        event = {"type": "websocket.send", "text": json.dumps({"who": self.name, "text": text})}
        await self.channel_layer.group_send(self.table, event)


class GuestConsumer(LegacyEvents, TableConsumer):
    """The short way: the mixin passes on what legacy consumers send to the group."""


class HostConsumer(TableConsumer):
    """The long way: a handler of one's own, here one that marks what it passes on."""

    async def websocket_send(self, event):
        content = json.loads(event["text"])
        content["seen"] = True
        await self.send(text_data=json.dumps(content))
