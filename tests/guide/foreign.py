"""Half-migrated projects that really get the errors of foreign-errors.md, and what cures them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from conformance.stacks import REPOSITORY, Stack

from .projects import version_of_channels

# Seconds; only a command that hangs, which none should, waits that long.
PATIENCE = 30

SETTINGS = """
SECRET_KEY = "not a secret"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "mysite.urls"
INSTALLED_APPS = ["channels", "chat"]
MIDDLEWARE = []
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""
SET_UP = """
import os
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django.setup()
"""
PROJECT = {
    "manage.py": """
        import os, sys
        from django.core.management import execute_from_command_line

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
        execute_from_command_line(sys.argv)
    """,
    "mysite/__init__.py": "",
    "mysite/urls.py": "urlpatterns = []",
    "chat/__init__.py": "",
    "chat/routing.py": "channel_routing = []\n",
    # What a server does for a socket, and a client that sends frames. Ends at once if the application does, which a
    # WebsocketCommunicator does not.
    "client.py": SET_UP
    + dedent("""
        import asyncio, sys
        from asgiref.compatibility import guarantee_single_callable
        from mysite.asgi import application

        async def main(path, frames):
            scope = {"type": "websocket", "path": path, "query_string": b"", "headers": [], "subprotocols": []}
            incoming, outgoing = asyncio.Queue(), asyncio.Queue()
            served = asyncio.ensure_future(guarantee_single_callable(application)(scope, incoming.get, outgoing.put))
            for event in [{"type": "websocket.connect"}, *({"type": "websocket.receive", "text": f} for f in frames)]:
                await incoming.put(event)
                answer = asyncio.ensure_future(outgoing.get())
                await asyncio.wait([served, answer], return_when=asyncio.FIRST_COMPLETED)
                if served.done():
                    served.result()
                print(answer.result())

        asyncio.new_event_loop().run_until_complete(main(sys.argv[1], sys.argv[2:]))
    """),
}
MEMORY = 'CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}\n'
OLD_LAYER = """
CHANNEL_LAYERS = {
    "default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "chat.routing.channel_routing"},
}
"""
ASGI = 'ASGI_APPLICATION = "mysite.asgi.application"\n'
WITH_COMPAT = 'INSTALLED_APPS += ["compat"]\n'


def asgi(code: str, pattern: str = "as_asgi(Consumer)", path: str = "^chat/$") -> dict[str, str]:
    """An asgi.py that routes a path to what the pattern says; ``as_asgi`` hides what channels 2 lacks."""
    return {
        "mysite/asgi.py": SET_UP
        + dedent("""
            from asgiref.sync import async_to_sync
            from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
            from channels.routing import ProtocolTypeRouter, URLRouter
            from django.urls import include, re_path

            as_asgi = lambda consumer: consumer.as_asgi() if hasattr(consumer, "as_asgi") else consumer
        """)
        + dedent(code)
        + f'\napplication = ProtocolTypeRouter({{"websocket": URLRouter([re_path(r"{path}", {pattern})])}})\n'
    }


def consumer(body: str, base: str = "WebsocketConsumer", **where: str) -> dict[str, str]:
    return asgi(f"class Consumer({base}):\n" + "\n".join(f"    {line}" for line in dedent(body).splitlines()), **where)


@dataclass(frozen=True)
class Error:
    """An error, its cause and its cure.

    Attributes:
        text: what it says, as a bullet of the page has it; several, if one project gets them all.
        files: of the project that gets it.
        command: what is run there.
        settings: added to SETTINGS.
        cure: files that take the place of others.
        cured_settings: added to SETTINGS instead.
        channels: where it is said in these words.
    """

    text: str | tuple[str, ...]
    command: str
    files: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""
    cure: Mapping[str, str] = field(default_factory=dict)
    cured_settings: str | None = None
    channels: str = "2 3 4"

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else self.text

    def occurs(self, stack: Stack) -> bool:
        return not stack.is_old and str(version_of_channels(stack.python)) in self.channels.split()

    def write(self, folder: Path, cured: bool) -> None:
        """Make the project."""
        files = {**PROJECT, **self.files, **(self.cure if cured else {})}
        settings = self.settings if not cured or self.cured_settings is None else self.cured_settings
        files["mysite/settings.py"] = SETTINGS + settings
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), "utf-8")


class Interpreter:
    """A Python of a stack that has imported Django and channels, and forks for each project: loading them for every
    one would take most of the time.

    Args:
        with_compat: whether it has channels-compat.
    """

    def __init__(self, stack: Stack, with_compat: bool) -> None:
        env = {**stack.environment(), "DJANGO_SETTINGS_MODULE": "mysite.settings", "PYTHONPATH": ""}
        env["PATH"] = os.pathsep.join([str(Path(stack.python).parent), os.environ["PATH"]])
        if not with_compat:
            env["COMPAT_STARTUP"] = "0"
        elif not stack.has_compat:
            env["PYTHONPATH"] = str(REPOSITORY)
        self.stack, self.env = stack, env
        self.popen = subprocess.Popen(
            [stack.python, "-W", "ignore", str(Path(__file__).with_name("forking.py"))],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, command: str, folder: Path) -> tuple[int, str]:
        """Run a command line in the folder; its exit status, and all that it printed."""
        first, *others = shlex.split(command)
        if first != "python":
            program = shutil.which(first, path=self.env["PATH"])
            assert program, f"no program {first}"
            done = subprocess.run(
                [program, *others], cwd=folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
            )  # fmt: skip
            return done.returncode, done.stdout
        assert self.popen.stdin
        assert self.popen.stdout
        print(json.dumps([str(folder), others, PATIENCE]), file=self.popen.stdin, flush=True)
        answer = self.popen.stdout.readline()
        assert answer, f"the Python of {self.stack.name} has ended"
        status, output = json.loads(answer)
        return status, output

    def stop(self) -> None:
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.stdin.close()
        self.popen.stdout.close()
        self.popen.wait(PATIENCE)


OLD_NAMES = {
    **{
        f"cannot import name '{name}' from '{module}'": f"from {module} import {name}"
        for module, names in {
            "channels": "Group Channel route route_class include",
            "channels.routing": "route route_class include",
            "channels.sessions": "channel_session http_session enforce_ordering",
            "channels.auth": "channel_session_user channel_session_user_from_http http_session_user",
        }.items()
        for name in names.split()
    },
    **{
        f"No module named '{missed}'": f"import {module}"
        for missed, module in {
            "channels.asgi": "channels.asgi",
            "channels.binding": "channels.binding.websockets",
            "channels.generic.websockets": "channels.generic.websockets",
            "channels.handler": "channels.handler",
            "channels.message": "channels.message",
            "channels.tests": "channels.tests",
            "asgi_redis": "asgi_redis",
            "asgiref.inmemory": "asgiref.inmemory",
        }.items()
    },
    "module 'channels' has no attribute 'Group'": 'import channels; channels.Group("x")',
}
# Imports each by itself, and ends as the first that fails would end.
IMPORT_ALL = (
    SET_UP
    + f"""
failed = []
for code in {sorted(OLD_NAMES.values())!r}:
    try:
        exec(code)
    except (ImportError, AttributeError) as error:
        failed.append(str(error))
print("\\n".join(failed))
raise SystemExit(bool(failed))
"""
)

GO = 'async_to_sync(self.channel_layer.group_send)("room", {event})'
HEARS = 'groups = ["room"]\ndef receive(self, text_data=None, bytes_data=None):\n    ' + GO
ANSWERS = '\ndef room_line(self, event):\n    self.send(text_data="got it")'
NEEDS_USER = consumer("def connect(self):\n    self.scope['user']\n    self.accept()")
DJANGOS = 'INSTALLED_APPS += ["django.contrib.contenttypes", "django.contrib.auth"]\n'
IN_LOOP = "async def connect(self):\n    " + GO.format(event='{"type": "room.line"}') + "\n    await self.accept()"
GET_LAYER = {"layer.py": SET_UP + "from channels.layers import get_channel_layer\n\nprint(get_channel_layer())\n"}

ERRORS = [
    # Old names. All in one project: each alone would be a process of its own.
    Error(
        tuple(OLD_NAMES),
        "python old.py",
        {"old.py": IMPORT_ALL},
        settings=DJANGOS,
        cured_settings=DJANGOS + WITH_COMPAT + OLD_LAYER,
    ),
    # Settings.
    Error(
        "ROUTING key found for default - this is no longer needed in Channels 2.",
        "python layer.py",
        GET_LAYER,
        settings=OLD_LAYER,
        cured_settings=OLD_LAYER + WITH_COMPAT,
    ),
    Error(
        "Cannot import BACKEND 'asgiref.inmemory.ChannelLayer' specified for default",
        "python layer.py",
        GET_LAYER,
        settings='CHANNEL_LAYERS = {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer"}}\n',
        cured_settings=OLD_LAYER + WITH_COMPAT,
    ),
    Error(
        "'NoneType' object has no attribute 'group_send'",
        "python send.py",
        {
            "send.py": SET_UP
            + "from asgiref.sync import async_to_sync\nfrom channels.layers import get_channel_layer\n"
            + 'async_to_sync(get_channel_layer().group_send)("room", {"type": "room.line"})\n'
        },
        cured_settings=MEMORY,
    ),
    Error(
        "Cannot import ASGI_APPLICATION module 'mysite.asgi'",
        "python daphne_asks.py",
        {
            "daphne_asks.py": SET_UP + "from channels.routing import get_default_application as ask\n\nask()\n",
            "mysite/asgi.py": "from channels import Group\n\napplication = None\n",
        },
        settings=ASGI,
        cure={"mysite/asgi.py": "application = None\n"},
    ),
    Error(
        "You have not set ASGI_APPLICATION, which is needed to run the server.",
        "python manage.py runserver --noreload 127.0.0.1:0",
        channels="2 3",
    ),
    Error(
        "Requested setting CHANNEL_LAYERS, but settings are not configured.",
        "python layer.py",
        {"layer.py": "import os\n\nos.environ.clear()\n" + GET_LAYER["layer.py"].replace(SET_UP, "")},
        cure=GET_LAYER,
    ),
    Error(
        "Apps aren't loaded yet.",
        "python early.py",
        {
            "chat/models.py": "from django.db import models\n\n\nclass Room(models.Model):\n    pass\n",
            "early.py": "import chat.models\n",
        },
        cure={"early.py": SET_UP + "import chat.models\n"},
    ),
    Error(
        "has no attribute 'channel_layer'",
        "daphne -p 0 mysite.asgi:channel_layer",
        {"mysite/asgi.py": "application = None\n"},
    ),
    Error(
        "runworker: error: the following arguments are required: channels",
        "python manage.py runworker",
        settings=MEMORY + ASGI,
    ),
    # Routing.
    Error(
        "No route found for path",
        "python client.py /other/",
        consumer("pass"),
        cure=consumer("pass", path=""),
    ),
    Error(
        "No application configured for scope type 'websocket'",
        "python client.py /chat/",
        {
            "mysite/asgi.py": SET_UP + "from channels.routing import ProtocolTypeRouter\n\n"
            'application = ProtocolTypeRouter({"http": None})\n'
        },
        cure=consumer("pass"),
    ),
    Error(
        "Django can only handle ASGI/HTTP connections, not websocket.",
        "python client.py /chat/",
        {
            "mysite/asgi.py": "from django.core.asgi import get_asgi_application\n\n"
            "application = get_asgi_application()\n"
        },
        cure=consumer("pass"),
        channels="3 4",
    ),
    Error(
        "No module named 'django.core.asgi'",
        "python client.py /chat/",
        {"mysite/asgi.py": "from django.core.asgi import get_asgi_application\n"},
        cure=consumer("pass"),
        channels="2",
    ),
    Error(
        "include() is not supported in URLRouter.",
        "python client.py /chat/",
        asgi("", pattern='include("mysite.urls")'),
        cure=consumer("pass"),
    ),
    Error(
        "has no attribute 'as_asgi'",
        "python client.py /chat/",
        consumer("pass", pattern="Consumer.as_asgi()"),
        cure=consumer("pass", pattern="Consumer"),
        channels="2",
    ),
    Error(
        "__call__() missing 1 required positional argument: 'send'",
        "python client.py /chat/",
        consumer("pass", pattern="Consumer"),
        cure=consumer("pass", pattern="Consumer.as_asgi()"),
        channels="3",
    ),
    Error(
        "object Consumer can't be used in 'await' expression",
        "python client.py /chat/",
        consumer("pass", pattern="Consumer"),
        cure=consumer("pass", pattern="Consumer.as_asgi()"),
        channels="4",
    ),
    Error(
        "takes 1 positional argument but 3 were given",
        "python client.py /chat/",
        asgi("def ws_connect(message):\n    pass\n", pattern="ws_connect"),
        cure=consumer("pass"),
        channels="4",
    ),
    Error(
        "'NoneType' object is not callable",
        "python client.py /chat/",
        asgi("def ws_connect(message):\n    pass\n", pattern="ws_connect"),
        cure=consumer("pass"),
        channels="2 3",
    ),
    # Consumers.
    Error(
        "connect() missing 1 required positional argument: 'message'",
        "python client.py /chat/",
        consumer("def connect(self, message):\n    self.accept()"),
        cure=consumer("def connect(self):\n    self.accept()"),
    ),
    Error(
        "receive() got an unexpected keyword argument 'text_data'",
        "python client.py /chat/ hello",
        consumer("def receive(self, text=None, bytes=None):\n    self.send(text_data=text)"),
        cure=consumer("def receive(self, text_data=None, bytes_data=None):\n    self.send(text_data=text_data)"),
    ),
    *(
        Error(
            f"object has no attribute '{name}'",
            "python client.py /chat/",
            consumer(f"def connect(self):\n    self.{name}\n    self.accept()"),
            cure=consumer("def connect(self):\n    self.scope['path']\n    self.accept()"),
        )
        for name in ("message", "kwargs")
    ),
    Error(
        "KeyError: 'user'",
        "python client.py /chat/",
        NEEDS_USER,
        cure={
            "mysite/asgi.py": NEEDS_USER["mysite/asgi.py"]
            .replace("URLRouter([", "AuthMiddlewareStack(URLRouter([")
            .replace("])})", "]))})")
            .replace("from channels.routing", "from channels.auth import AuthMiddlewareStack\nfrom channels.routing")
        },
        cured_settings='INSTALLED_APPS += ["django.contrib.contenttypes", "django.contrib.auth", '
        '"django.contrib.sessions"]\n',
    ),
    Error(
        "No handler for message type room.line",
        "python client.py /chat/ hello",
        consumer(HEARS.format(event='{"type": "room.line"}')),
        settings=MEMORY,
        cure=consumer(HEARS.format(event='{"type": "room.line"}') + ANSWERS),
    ),
    Error(
        "Incoming message has no 'type' attribute",
        "python client.py /chat/ hello",
        consumer(HEARS.format(event='{"text": "hello"}')),
        settings=MEMORY,
        cure=consumer(HEARS.format(event='{"type": "room.line"}') + ANSWERS),
    ),
    Error(
        "Group name must be a valid unicode string",
        "python client.py /chat/ hello",
        consumer(HEARS.format(event='{"type": "room.line"}').replace('send)("room"', 'send)("my room"')),
        settings=MEMORY,
        cure=consumer(HEARS.format(event='{"type": "room.line"}') + ANSWERS),
    ),
    Error(
        "You cannot use AsyncToSync in the same thread as an async event loop - "
        "just await the async function directly.",
        "python client.py /chat/",
        consumer(IN_LOOP, base="AsyncWebsocketConsumer"),
        settings=MEMORY,
        cure=consumer(
            IN_LOOP.replace("async_to_sync(self.channel_layer.group_send)", "await self.channel_layer.group_send"),
            base="AsyncWebsocketConsumer",
        ),
    ),
    Error(
        "You cannot call this from an async context - use a thread or sync_to_async.",
        "python client.py /chat/",
        consumer(
            "async def connect(self):\n    from django.db import connection\n    connection.cursor()\n"
            "    await self.accept()",
            base="AsyncWebsocketConsumer",
        ),
        cure=consumer(
            "def ask(self):\n    from django.db import connection\n    connection.cursor().close()\n\n"
            "async def connect(self):\n    from channels.db import database_sync_to_async\n"
            "    await database_sync_to_async(self.ask)()\n    await self.accept()",
            base="AsyncWebsocketConsumer",
        ),
        settings='DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}\n',
        channels="3 4",
    ),
    # Django.
    Error(
        "__init__() missing 1 required positional argument: 'on_delete'",
        "python manage.py check",
        {
            "chat/models.py": "from django.db import models\n\n\nclass Seat(models.Model):\n"
            '    room = models.ForeignKey("chat.Seat")\n'
        },
        cure={
            "chat/models.py": "from django.db import models\n\n\nclass Seat(models.Model):\n"
            '    room = models.ForeignKey("chat.Seat", on_delete=models.CASCADE)\n'
        },
    ),
    Error(
        "No module named 'django.core.urlresolvers'",
        "python manage.py check",
        {"chat/models.py": "from django.core.urlresolvers import reverse\n"},
        cure={"chat/models.py": "from django.urls import reverse\n"},
    ),
    *(
        Error(
            f"cannot import name '{old}' from '{module}'",
            "python manage.py check",
            {"chat/models.py": f"from {module} import {old}\n"},
            cure={"chat/models.py": f"{new}\n"},
            channels=channels,
        )
        for old, module, new, channels in (
            ("url", "django.conf.urls", "from django.urls import re_path", "4"),
            ("ugettext", "django.utils.translation", "from django.utils.translation import gettext", "4"),
            ("python_2_unicode_compatible", "django.utils.encoding", "", "3 4"),
        )
    ),
    Error(
        "view must be a callable or a list/tuple in the case of include().",
        "python manage.py check",
        {
            "mysite/urls.py": 'from django.urls import re_path\n\nurlpatterns = [re_path("^a$", "chat.views.a")]\n',
            "chat/views.py": "def a(request):\n    pass\n",
        },
        cure={
            "mysite/urls.py": "from chat.views import a\nfrom django.urls import re_path\n\n"
            'urlpatterns = [re_path("^a$", a)]\n'
        },
    ),
    Error(
        "'bool' object is not callable",
        "python user.py",
        {
            "user.py": SET_UP + "from django.contrib.auth.models import AnonymousUser\n\n"
            "AnonymousUser().is_authenticated()\n"
        },
        settings=DJANGOS,
        cure={
            "user.py": SET_UP + "from django.contrib.auth.models import AnonymousUser\n\n"
            "AnonymousUser().is_authenticated\n"
        },
    ),
    Error(
        "takes no arguments",
        "python page.py",
        {
            "mysite/guard.py": "class Guard(object):\n    def process_request(self, request):\n        pass\n",
            "page.py": SET_UP + "from django.test import Client\n\nprint(Client().get('/').status_code)\n",
        },
        settings='MIDDLEWARE = ["mysite.guard.Guard"]\n',
        cure={
            "mysite/guard.py": "from django.utils.deprecation import MiddlewareMixin\n\n\n"
            "class Guard(MiddlewareMixin):\n    def process_request(self, request):\n        pass\n"
        },
    ),
]
