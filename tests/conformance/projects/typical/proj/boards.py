"""Class consumers that can be rewritten too."""
import json

from channels import Group
from channels.generic.websockets import JsonWebsocketConsumer, WebsocketConsumer
from observing import observe


class Board(JsonWebsocketConsumer):
    strict_ordering = False

    def connection_groups(self, **kwargs):
        return ["board-%s" % kwargs["board"]]

    def connect(self, message, board):
        observe("connect", path=self.path, kwargs=self.kwargs)
        self.send({"board": board})

    def receive(self, content, board):
        if content == "close":
            self.send({"last": True}, close=True)
        elif content == "both":
            self.group_send("board-%s" % board, {"all": 1})
            self.send({"you": 2})
        elif "all" in content:
            self.publish(content["all"])
        else:
            self.send({"you said": content, "path": self.message["path"]})

    def publish(self, content):
        for group in self.connection_groups(**self.kwargs):
            self.group_send(group, {"all": content})

    def disconnect(self, message, board):
        observe("disconnect", code=message["code"])
        Group("board-%s" % board).send({"text": json.dumps("one left")})


class Ticker(WebsocketConsumer):
    groups = ["ticker"]

    def connect(self, message, **kwargs):
        observe("connect")

    def receive(self, text=None, bytes=None, **kwargs):
        if bytes is not None:
            self.send(bytes=bytes)
        elif text == "end":
            self.close()
        else:
            self.group_send("ticker", text="tick " + text)

    def disconnect(self, message, **kwargs):
        observe("disconnect")
