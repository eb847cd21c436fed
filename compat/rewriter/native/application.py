"""The ASGI application that serves native consumers, and the setting that names it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst

from ..model import Edit, Options
from .files import File, Files
from .routing import Routing, assigned
from .sockets import Socket

if TYPE_CHECKING:
    from .project import Plan

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
{http}        "websocket": {before}URLRouter(
            [
{patterns}
            ]
        ){after},
    }}
)
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

    def refuses(self, socket: Socket) -> str:
        """Why a socket cannot be served; "" if it can."""
        if self._files.with_word("CHANNELS_WS_PROTOCOLS"):
            return "CHANNELS_WS_PROTOCOLS is set: a native consumer chooses in self.accept(subprotocol=…)"
        if self._files.with_word("consumer_started") or self._files.with_word("consumer_finished"):
            return "the project listens to consumer_started or consumer_finished, which native consumers do not send"
        if self._is_otree():
            return "oTree serves this project: a native consumer goes into websocket_routes of an extension app"
        module = self._files.dotted(socket.first.file)
        if self._given is None:
            file = self._files.get(self._path())
            if file is not None and "application" in file.top:
                return f"{file.path} has an application of its own; set ASGI_APPLICATION to one with {module}"
            return ""
        file = self._files.get(self._given) if self._given else None
        if file is None or not self._serves(file, socket.first.file):
            return f"ASGI_APPLICATION is set already: put *{module}.websocket_urlpatterns into its URLRouter first"
        if socket.native is not None and socket.native.needs.user and "AuthMiddlewareStack" not in file.source.text:
            return "it needs the user: put AuthMiddlewareStack around the URLRouter of ASGI_APPLICATION first"
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

    def put(self, converted: list[Socket], plan: Plan) -> None:
        """Make the application, if there is none, and set ASGI_APPLICATION."""
        if self._given is not None:
            return
        path = self._path()
        file = self._files.get(path)
        if file is None:
            plan.created[path] = self._new() + self._text(converted, "django_application")
        else:
            file.appended.append("\n" + self._text(converted, "get_asgi_application()"))
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

    def _text(self, converted: list[Socket], django_views: str) -> str:
        routing = list({socket.first.file.path: socket.first.file for socket in converted}.values())
        user = any(socket.native.needs.user for socket in converted if socket.native)
        any_path = all(socket.path is not None for socket in converted)
        lines = ["from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402"]
        if user:
            lines.insert(0, "from channels.auth import AuthMiddlewareStack  # noqa: E402")
        http = ""
        if self._options.target != 2:  # the router of channels 2 serves Django's views by itself
            if django_views.endswith("()"):
                lines.append("from django.core.asgi import get_asgi_application  # noqa: E402")
            http = f'        "http": {django_views},\n'
        patterns = []
        for file in routing:
            module = self._files.dotted(file)
            name = "websocket_urlpatterns"
            if len(routing) > 1:
                name = module.replace(".", "_") + "_urlpatterns"
                lines.append(f"from {module} import websocket_urlpatterns as {name}  # noqa: E402")
            else:
                lines.append(f"from {module} import {name}  # noqa: E402")
            patterns.append(f"                *{name},")
        if any_path:
            patterns.append(_ANY_PATH.format(call="" if self._options.target == 2 else ".as_asgi()"))
            lines.insert(1 if user else 0, "from channels.generic.websocket import WebsocketConsumer  # noqa: E402")
            lines.append("from django.urls import re_path  # noqa: E402")
        before, after = ("AuthMiddlewareStack(", ")") if user else ("", "")
        return _APPLICATION.format(
            imports="\n".join(lines), http=http, patterns="\n".join(patterns), before=before, after=after
        )

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
