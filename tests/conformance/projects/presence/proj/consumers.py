import json

from channels import Group
from channels.auth import channel_session_user, channel_session_user_from_http
from channels_presence.decorators import remove_presence, touch_presence
from channels_presence.models import Room
from observing import observe_end


@observe_end("connect")
@channel_session_user_from_http
def ws_connect(message, room):
    Room.objects.add(room, message.reply_channel.name, message.user)


@observe_end("receive")
@touch_presence
@channel_session_user
def ws_receive(message, room):
    said = json.loads(message["text"])
    if said == "leave":
        Room.objects.remove(room, message.reply_channel.name)
        message.reply_channel.send({"text": json.dumps("left")})
    else:
        Group(room).send({"text": json.dumps([message.user.username, said])})


@observe_end("disconnect")
@remove_presence
def ws_disconnect(message, room):
    pass
