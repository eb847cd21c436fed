from asgiref.sync import async_to_sync
from channels.consumer import SyncConsumer
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer

from bench.database import query


class SyncEcho(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=text_data)


class AsyncEcho(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data)


class SyncFan(WebsocketConsumer):
    groups = ["fan"]

    def receive(self, text_data=None, bytes_data=None):
        async_to_sync(self.channel_layer.group_send)("fan", {"type": "fan.out", "text": text_data})

    def fan_out(self, event):
        self.send(text_data=event["text"])


class AsyncFan(AsyncWebsocketConsumer):
    groups = ["fan"]

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send("fan", {"type": "fan.out", "text": text_data})

    async def fan_out(self, event):
        await self.send(text_data=event["text"])


class SyncBlock(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        query()
        self.send(text_data=text_data)


class AsyncBlock(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await database_sync_to_async(query)()
        await self.send(text_data=text_data)


class SyncCustom(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        async_to_sync(self.channel_layer.send)(
            "bench.work", {"type": "work", "answer_to": self.channel_name, "text": text_data}
        )

    def answer(self, event):
        self.send(text_data=event["text"])


class Work(SyncConsumer):
    def work(self, event):
        async_to_sync(self.channel_layer.send)(event["answer_to"], {"type": "answer", "text": event["text"]})
