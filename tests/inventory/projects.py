"""Projects at each stage of the way, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compat.inventory.survey import Survey, survey

CONSUMERS = """\
from channels import Group
from channels.auth import channel_session_user_from_http


@channel_session_user_from_http
def ws_connect(message, room):
    Group("chat-" + room).add(message.reply_channel)


def ws_receive(message, room):
    Group("chat-" + room).send({"text": message["text"]})


def odd_receive(message):
    keep(message)
    message.reply_channel.send({"text": "kept"})
"""
ROUTING = """\
from channels.routing import route

from chat.consumers import odd_receive, ws_connect, ws_receive

routes = [
    route("websocket.connect", ws_connect, path=r"^/chat/(?P<room>[a-z]+)$"),
    route("websocket.receive", ws_receive, path=r"^/chat/(?P<room>[a-z]+)$"),
    route("websocket.receive", odd_receive, path=r"^/odd/$"),
]
"""
SETTINGS = """\
INSTALLED_APPS = ["channels", "chat"]
CHANNEL_LAYERS = {
    "default": {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"expiry": 5}, "ROUTING": "chat.routing.routes"}
}
"""
ASGI = """\
import os

from channels.asgi import get_channel_layer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
channel_layer = get_channel_layer()
"""
MANAGE = """\
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
"""
NATIVE = """\
from channels.generic.websocket import WebsocketConsumer


class Echo(WebsocketConsumer):
    pass
"""

# A project that knows nothing of the shim.
OLD = {
    "manage.py": MANAGE,
    "requirements.txt": "channels==0.17.3\nasgi_redis==0.14.1\n",
    "Procfile": "web: daphne site.asgi:channel_layer\nworker: python manage.py runworker\n",
    "site/settings.py": SETTINGS,
    "site/asgi.py": ASGI,
    "chat/__init__.py": "",
    "chat/consumers.py": CONSUMERS,
    "chat/routing.py": ROUTING,
}
_WITH_SHIM = {**OLD, "site/settings.py": SETTINGS.replace('"chat"]', '"chat", "compat"]')}
_NEW_STACK = {**_WITH_SHIM, "requirements.txt": "channels==4.3.2\nchannels-compat\n"}
FINISHED = {"manage.py": MANAGE, "requirements.txt": "channels==4.3.2\n", "chat/native.py": NATIVE}

STAGES: dict[int, dict[str, str]] = {
    0: OLD,
    1: _WITH_SHIM,
    2: _NEW_STACK,
    3: {**_NEW_STACK, "Procfile": "web: COMPAT_WARN=1 daphne site.asgi:channel_layer\n"},
    4: {**_NEW_STACK, "chat/native.py": NATIVE},
    5: {**FINISHED, "requirements.txt": "channels==4.3.2\nchannels-compat\n"},
}


def write(folder: Path, files: dict[str, Any]) -> Path:
    """The folder, with the files (text or bytes) in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def look(folder: Path, files: dict[str, Any]) -> Survey:
    """What the inventory finds in a project of these files."""
    return survey(write(folder, files), jobs=1)
