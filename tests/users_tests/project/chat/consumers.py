from channels import Channel, Group
from channels.auth import channel_session_user, channel_session_user_from_http
from channels.generic.websockets import JsonWebsocketConsumer

from chat.models import Line


@channel_session_user_from_http
def connect(message, room):
    Group(room).add(message.reply_channel)
    message.channel_session["room"] = room
    message.reply_channel.send({"text": "hello " + (message.user.username or "stranger")})


@channel_session_user
def receive(message, room):
    assert message.channel_session["room"] == room
    Group(room).send({"text": message["text"]})
    Channel("chat.remember").send({"room": room, "text": message["text"], "who": message.user.username})


def disconnect(message, room):
    Group(room).discard(message.reply_channel)


def remember(message):
    Line.objects.create(room=message["room"], text=message["text"], who=message["who"])


class Board(JsonWebsocketConsumer):
    def connection_groups(self, **kwargs):
        return ["board"]

    def receive(self, content, **kwargs):
        self.send({"got": content})
        self.group_send("board", {"everybody": content})
