"""Warnings about the old API: where they point, what they say, and that they cost nothing while they are off."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from support.processes import Ended, Project

from compat import catalogue, deprecation
from compat.v2.versions import CHANNELS_MAJOR

LINE = re.compile(r"^.*?(\w+\.py):(\d+): (\w+): (.*)$", re.M)

# Lines that are told of end in "# old: NAME, NAME".
FILES = {
    "start.py": """
        import sys
        from django.conf import settings

        settings.configure(
            SECRET_KEY="x", MIDDLEWARE=[],
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "channels", "compat", "chat"],
            CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "chat.routing.routes"}},
            SESSION_ENGINE="django.contrib.sessions.backends.cache",
        )
        import django

        django.setup()
        import chat.main
        """,
    "chat/__init__.py": "",
    "chat/models.py": "from channels import Group  # old: channels.Group\n",
    "chat/consumers.py": """
        from channels import Channel, Group  # old: channels.Channel, channels.Group
        from channels.auth import login
        from channels.generic.websockets import WebsocketConsumer  # old: channels.generic.websockets.WebsocketConsumer
        from channels.layers import get_channel_layer
        from channels.sessions import channel_session as kept  # old: channels.sessions.channel_session


        @kept  # old: channels.sessions.channel_session
        def receive(message):
            text = message["text"]  # old: message['text']
            name = message.reply_channel.name  # old: message.reply_channel
            if message.content:  # old: message.content
                Group("chat").send({"text": text})  # old: channels.Group
            Channel(
                name
            ).send({"text": "x"})


        class Board(WebsocketConsumer):  # old: channels.generic.websockets.WebsocketConsumer
            def connection_groups(self, **kwargs):
                return ["board"]

            def receive(self, text=None, bytes=None, **kwargs):
                self.group_send("board", text)
        """,
    "chat/routing.py": """
        from compat.v0.routing import route, route_class  # old: channels.routing.route, channels.routing.route_class
        from chat.consumers import Board, receive

        routes = [
            route("websocket.receive", receive, path="^/chat/$"),  # old: channels.route
            route_class(Board),  # old: channels.route_class
        ]
        """,
    "chat/main.py": """
        import channels
        import channels.asgi  # old: channels.asgi
        from channels.message import Message  # old: channels.message.Message
        from compat.v0.asgi import channel_layers  # old: channels.asgi.channel_layers

        from chat import consumers, routing

        layer = channel_layers["default"]
        content = {"text": "x", "reply_channel": "websocket.send!x"}
        message = Message(content, "websocket.receive", layer)  # old: channels.message.Message
        layer.router.match(message)
        consumers.receive(message)
        channels.Group("late").send({"text": "x"})  # old: channels.Group
        """,
}


def expected() -> set[tuple[str, int, str]]:
    """File, line and name of all that is to be told of."""
    # Decorators are called on the line of their function before Python 3.11, but for 3.7.
    after_decorator = 1 if (3, 8) <= sys.version_info < (3, 11) else 0
    found = set()
    for name, text in FILES.items():
        for number, line in enumerate(text.splitlines(), 1):
            _, _, names = line.partition("# old: ")
            number += after_decorator if line.lstrip().startswith("@") else 0
            found.update((Path(name).name, number, each.strip()) for each in names.split(",") if each)
    return found


def told(ended: Ended) -> list[tuple[str, int, str, str]]:
    """File, line, name and the whole sentence of each warning of ours."""
    ended.checked()
    found = [each for each in LINE.findall(ended.err) if each[2] == "Channels0Warning"]
    return [(file, int(line), text.partition(" is of ")[0], text) for file, line, _, text in found]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, FILES)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The project, run with the warnings on."""
    return Project(tmp_path_factory.mktemp("project"), FILES).run("start.py", environment={"COMPAT_WARN": "1"})


def test_each_use_is_told_of_once_at_the_user_s_line(ended: Ended) -> None:
    found = told(ended)
    # A call over several lines has the number of its first line or, before Python 3.8, that of another one.
    channel = [each for each in found if each[2] == "channels.Channel" and each[1] in (15, 16, 17)]
    assert len(channel) == 1
    assert {each[:3] for each in found if each not in channel} == expected()
    assert len(found) == len(set(found))


def test_the_option_of_python_asks_for_the_same(ended: Ended, project: Project) -> None:
    assert {each[:3] for each in told(project.run("-W", "default", "start.py"))} == {each[:3] for each in told(ended)}


def test_it_names_what_replaces_it_and_the_page_about_it(ended: Ended) -> None:
    found = told(ended)
    (sentence,) = {text for _, _, name, text in found if name == "message['text']"}
    says = f"message['text'] is of channels 0.17. On channels {CHANNELS_MAJOR}: text_data."
    assert sentence == f"{says} See migration_guide/message.md"
    for _, _, name, text in found:
        row = catalogue.BY_OLD.get(name) or catalogue.find(name)
        assert row.native[CHANNELS_MAJOR - 2] in text
        assert text.endswith(f"See migration_guide/{row.area.page}")


@pytest.mark.parametrize(
    ("options", "variable", "wanted"),
    [
        ([], None, False),
        ([], "", False),
        ([], "1", True),
        ([], "0", False),
        (["default"], None, True),
        (["d"], None, True),
        (["error"], None, True),
        (["always::DeprecationWarning"], None, True),
        (["ignore::ImportWarning", "once::Warning"], None, True),
        (["default"], "0", False),
        (["ignore"], None, False),
        (["ignore"], "1", True),
        (["default::ImportWarning"], None, False),
        (["error:something else"], None, False),
    ],
)
def test_who_asks_for_them(
    monkeypatch: pytest.MonkeyPatch, options: list[str], variable: str | None, wanted: bool
) -> None:
    monkeypatch.setattr(sys, "warnoptions", options)
    monkeypatch.delenv("COMPAT_WARN", raising=False)
    if variable is not None:
        monkeypatch.setenv("COMPAT_WARN", variable)
    assert deprecation.wanted() is wanted


OFF = """
    import builtins, sys
    before = builtins.__import__
    import start
    from compat.v0 import Group
    assert builtins.__import__ is before
    assert Group.__init__.__module__ == "compat.v0.channel" and not hasattr(Group.__init__, "__wrapped__")
    assert "__init_subclass__" not in vars(Group)
    assert not [each for each in sys.meta_path if type(each).__module__ == "compat.deprecation"]
"""


def test_off_they_leave_everything_as_it_is(project: Project) -> None:
    assert "Channels0Warning" not in project.execute(OFF).checked().err


def test_as_errors_they_stop_the_program_at_the_line(project: Project) -> None:
    code = "import warnings; warnings.simplefilter('ignore'); import compat; compat.install()\n" \
        "from compat.deprecation import LegacyAPIWarning\nwarnings.simplefilter('error', LegacyAPIWarning)\n" \
        "from channels import Group\n"  # fmt: skip
    ended = project.run("-c", code, environment={"COMPAT_WARN": "1"})
    assert ended.status == 1
    assert 'line 4, in <module>' in ended.err
    assert "Channels0Warning: channels.Group is of channels 0.17" in ended.err


def test_a_project_may_silence_them(project: Project) -> None:
    text = FILES["start.py"] + """
        import warnings
        from compat.deprecation import Channels0Warning
        warnings.simplefilter("ignore", Channels0Warning)
        from channels.sessions import enforce_ordering
        """  # fmt: skip
    Project(project.folder, {"start.py": text})
    ended = project.run("start.py", environment={"COMPAT_WARN": "1"}).checked()
    assert "enforce_ordering" not in ended.err


def test_they_can_be_taken_off(project: Project) -> None:
    ended = project.execute(
        """
        import builtins
        before = builtins.__import__
        import start, compat
        assert builtins.__import__ is not before
        compat.uninstall()
        assert builtins.__import__ is before
        """,
        COMPAT_WARN="1",
    )
    assert ended.status == 0, ended.err
