"""The ASGI application that serves native consumers, and the setting that names it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst

from ..engine import joined
from ..model import Edit, Options
from .body import Needs
from .files import File, Files
from .routing import Routing, assigned
from .sockets import Socket

if TYPE_CHECKING:
    from .project import Plan
    from .workers import Worker

_NEW = """\
import os

{setup_import}

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
# Consumers may be imported only when Django is set up.
{setup}

"""
_APPLICATION = """\
{imports}

application = ProtocolTypeRouter(
    {{
{http}{websocket}{channel}    }}
)
"""
_WEBSOCKET = """\
        "websocket": {before}URLRouter(
            [
{patterns}
            ]
        ){after},
"""
_CHANNEL = """\
        # What runworker runs.
        "channel": ChannelNameRouter({{
{channels}
        }}),
"""
# What 0.17 did with sockets that no route takes.
_ANY_PATH = """\
                # Leaves sockets open that no pattern takes, as channels 0.17 did; without it they are refused.
                re_path(r"", WebsocketConsumer{call}),"""


class Application:
    """Where native consumers are to be served.

    Args:
        files: the project.
        routing: its routes, and the settings that name them.
        options: what is asked for.
    """

    def __init__(self, files: Files, routing: Routing, options: Options) -> None:
        self._files, self._settings, self._options = files, routing.settings, options
        self._given: str | None = None
        for path in files.with_word("ASGI_APPLICATION"):
            file = files.get(path)
            if file is None or "ASGI_APPLICATION" not in assigned(file):
                continue
            value = file.value("ASGI_APPLICATION")
            found = files.find(file, value) if isinstance(value, cst.SimpleString) else None
            self._given = found[0].path if found else ""

    def _refuses(self) -> str:
        """Why nothing of the project can be served."""
        if self._files.with_word("consumer_started") or self._files.with_word("consumer_finished"):
            return "the project listens to consumer_started or consumer_finished, which native consumers do not send"
        if self._is_otree():
            return "oTree serves this project: a native consumer goes into websocket_routes of an extension app"
        return ""

    def refuses_worker(self) -> str:
        """Why the consumer of a custom channel cannot be run; "" if it can."""
        if self._refuses() or self._given is None:
            return self._refuses() or self._has_other(None)
        return "ASGI_APPLICATION is set already: write the consumer into its ChannelNameRouter"

    def _has_other(self, module: str | None) -> str:
        file = self._files.get(self._path())
        if file is None or "application" not in file.top:
            return ""
        wanted = f"one with {module}" if module else "it"
        return f"{file.path} has an application of its own; set ASGI_APPLICATION to {wanted}"

    def refuses(self, socket: Socket) -> str:
        """Why a socket cannot be served; "" if it can."""
        if self._files.with_word("CHANNELS_WS_PROTOCOLS"):
            return "CHANNELS_WS_PROTOCOLS is set: a native consumer chooses in self.accept(subprotocol=…)"
        if self._refuses():
            return self._refuses()
        module = self._files.dotted(socket.first.file)
        if self._given is None:
            return self._has_other(module)
        file = self._files.get(self._given) if self._given else None
        if file is None or not self._serves(file, socket.first.file):
            return f"ASGI_APPLICATION is set already: put *{module}.websocket_urlpatterns into its URLRouter first"
        needs, text = socket.native.needs if socket.native else Needs(), file.source.text
        if needs.user and "AuthMiddlewareStack" not in text:
            return "it needs the user: put AuthMiddlewareStack around the URLRouter of ASGI_APPLICATION first"
        if needs.browser_session and "AuthMiddlewareStack" not in text and "SessionMiddlewareStack" not in text:
            return "it needs the session: put SessionMiddlewareStack around the URLRouter of ASGI_APPLICATION first"
        return ""

    def _is_otree(self) -> bool:
        """Whether the application is oTree's, whose own sockets another one would not serve."""
        return any(
            isinstance(node, cst.SimpleString) and node.evaluated_value == "otree"
            for file in self._settings
            for node in file.source.nodes.get(cst.SimpleString, [])
        )

    def _serves(self, file: File, routing: File) -> bool:
        """Whether an application has the patterns of a file already."""
        for kind in (cst.Name, cst.Attribute):
            for node in file.source.nodes.get(kind, []):
                assert isinstance(node, (cst.Name, cst.Attribute))
                meaning = file.source.meaning(node)
                if meaning.endswith(".websocket_urlpatterns"):
                    module = self._files.module(meaning.rpartition(".")[0], file.path)
                    if module is routing:
                        return True
        return False

    def _path(self) -> str:
        """Where the old asgi.py is, or a new one should be: beside the settings."""
        folder = PurePosixPath(self._settings[0].path).parent
        return str((folder.parent if folder.name == "settings" else folder) / "asgi.py")

    def put(self, converted: list[Socket], workers: list[Worker], plan: Plan) -> None:
        """Make the application, if there is none, and set ASGI_APPLICATION."""
        if self._given is not None:
            return
        path = self._path()
        file = self._files.get(path)
        if file is None:
            plan.created[path] = self._new() + self._text(converted, workers, "django_application")
        else:
            file.appended.append("\n" + self._text(converted, workers, "get_asgi_application()"))
            plan.made.append((file, file.source.module, "application, for the native consumers", "consumers"))
        module = self._module(path)
        for settings in self._settings:
            self._set(settings, f"{module}.application", plan)

    def _module(self, path: str) -> str:
        beside = self._files.dotted(self._settings[0]).split(".")
        depth = 2 if PurePosixPath(self._settings[0].path).parent.name == "settings" else 1
        return ".".join([*beside[:-depth], "asgi"])

    def _new(self) -> str:
        old = self._options.target == 2
        return _NEW.format(
            settings=self._files.dotted(self._settings[0]),
            setup_import="import django" if old else "from django.core.asgi import get_asgi_application",
            setup="django.setup()" if old else "django_application = get_asgi_application()",
        )

    def _text(self, converted: list[Socket], workers: list[Worker], django_views: str) -> str:
        lines: list[str] = []
        http = ""
        if self._options.target != 2:  # the router of channels 2 serves Django's views by itself
            if django_views.endswith("()"):
                lines.append("from django.core.asgi import get_asgi_application")
            http = f'        "http": {django_views},\n'
        routers = ["ProtocolTypeRouter"]
        websocket = self._websocket(converted, lines) if converted else ""
        channel = self._channel(workers, lines) if workers else ""
        routers += ["URLRouter"] * bool(converted) + ["ChannelNameRouter"] * bool(workers)
        lines.append(f"from channels.routing import {', '.join(sorted(routers))}")
        imports = "\n".join(f"{line}  # noqa: E402" for line in sorted(joined(lines)))
        return _APPLICATION.format(imports=imports, http=http, websocket=websocket, channel=channel)

    def _call(self) -> str:
        return "" if self._options.target == 2 else ".as_asgi()"

    def _websocket(self, converted: list[Socket], lines: list[str]) -> str:
        before, after = "", ""
        if any(socket.native.needs.user for socket in converted if socket.native):
            lines.append("from channels.auth import AuthMiddlewareStack")
            before, after = "AuthMiddlewareStack(", ")"
        elif any(socket.native.needs.browser_session for socket in converted if socket.native):
            lines.append("from channels.sessions import SessionMiddlewareStack")
            before, after = "SessionMiddlewareStack(", ")"
        routing = list({socket.first.file.path: socket.first.file for socket in converted}.values())
        patterns = []
        for file in routing:
            module = self._files.dotted(file)
            name = "websocket_urlpatterns"
            if len(routing) > 1:
                name = module.replace(".", "_") + "_urlpatterns"
                lines.append(f"from {module} import websocket_urlpatterns as {name}")
            else:
                lines.append(f"from {module} import {name}")
            patterns.append(f"                *{name},")
        if all(socket.path is not None for socket in converted):
            patterns.append(_ANY_PATH.format(call=self._call()))
            lines.append("from channels.generic.websocket import WebsocketConsumer")
            lines.append("from django.urls import re_path")
        return _WEBSOCKET.format(patterns="\n".join(patterns), before=before, after=after)

    def _channel(self, workers: list[Worker], lines: list[str]) -> str:
        names = [native.name for native in (worker.native for worker in workers) if native]
        channels = []
        for worker in workers:
            assert worker.native is not None
            name, module = worker.native.name, self._files.dotted(worker.native.file)
            if names.count(name) > 1 or name == "WebsocketConsumer":
                alias = "".join(part.capitalize() for part in module.split(".")) + name
                lines.append(f"from {module} import {name} as {alias}")
                name = alias
            else:
                lines.append(f"from {module} import {name}")
            channels.append(f'            "{worker.channel}": {name}{self._call()},')
        return _CHANNEL.format(channels="\n".join(channels))

    def _set(self, file: File, application: str, plan: Plan) -> None:
        for node in file.source.nodes.get(cst.Assign, []):
            assert isinstance(node, cst.Assign)
            names = [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
            if not {"CHANNEL_LAYERS", "CHANNEL_ROUTING"}.intersection(names):
                continue
            line = file.source.parents[node]
            file.edits[line] = _before(cst.parse_statement(f'ASGI_APPLICATION = "{application}"'))
            plan.made.append((file, node, f"ASGI_APPLICATION = {application}", "consumers"))
            return


def _before(statement: Any) -> Edit:
    """An edit that puts a statement before a line, below the comments of that."""
    return lambda updated: cst.FlattenSentinel(
        [statement.with_changes(leading_lines=updated.leading_lines), updated.with_changes(leading_lines=[])]
    )
