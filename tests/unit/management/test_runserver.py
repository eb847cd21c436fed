"""``manage.py runserver`` under its old flags."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from support.layers import make_layer
from support.processes import Project

from compat.v0.asgi import channel_layers
from compat.v0.management.commands import runserver
from compat.v2 import versions

CODE = """
import sys
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="x", INSTALLED_APPS=["compat"], DEBUG=True, ROOT_URLCONF=__name__,
    CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
)
urlpatterns = []
django.setup()
"""


def test_it_takes_the_old_flags(tmp_path: Path) -> None:
    code = """
from compat.management.commands.runserver import Command
parser = Command().create_parser("manage.py", "runserver")
options = parser.parse_args(["--noasgi", "--noreload", "--nothreading", "8001"])
print(options.use_asgi, options.use_reloader, options.addrport)
print(parser.parse_args([]).use_asgi)
"""
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.split("\n")[:2] == ["False False 8001", "True"]


def test_it_is_the_newest_one_that_serves_sockets(tmp_path: Path) -> None:
    code = """
from compat.management.commands.runserver import Command
print([base.__module__ for base in Command.__mro__][1])
"""
    owner = "channels" if versions.CHANNELS_MAJOR < 4 else "daphne"
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.strip() == f"{owner}.management.commands.runserver"


@pytest.mark.skipif(versions.CHANNELS_MAJOR < 4, reason="channels 2 and 3 need daphne")
@pytest.mark.parametrize("flags", [[], ["--noasgi"]])
def test_without_daphne_it_says_that_it_serves_no_sockets(tmp_path: Path, flags: list[str]) -> None:
    code = f"""
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "daphne" else find_spec(name, *rest)
from django.core.management.commands.runserver import Command as Own
Own.inner_run = lambda self, *args, **options: self.stdout.write("serves")
from django.core.management import call_command
call_command("runserver", "--noreload", *{flags!r})
"""
    ended = Project(tmp_path, {}).execute(CODE + code).checked()
    assert ended.out.strip() == "serves"
    told = "This runserver serves no WebSockets, because daphne is not installed: pip install daphne" in ended.err
    assert told is (flags == [])
    assert ("See migration_guide/errors.md#runserver" in ended.err) is (flags == [])


# --- in this process -----------------------------------------------------------------------------


class Recorded:
    """Stands for the server: notes what it is made with."""

    made: list[Recorded] = []

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords
        self.runs = 0
        self.made.append(self)

    def run(self) -> None:
        self.runs += 1


class Application:
    """Notes how it is to serve."""

    def serve_in_development(self, **flags: bool) -> None:
        self.flags = flags


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The default layer, with no routes."""
    monkeypatch.setattr(Recorded, "made", [])
    # Other tests have imported apps that are not installed here, with checks of their own.
    monkeypatch.setattr(runserver.Command, "check", lambda self, **options: None)
    monkeypatch.setattr(runserver.Command, "check_migrations", lambda self: None)
    monkeypatch.setattr(runserver, "setup_logger", lambda name, verbosity: None)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])  # which Django's runserver wants
    wrapper = make_layer([])
    wrapper.channel_layer.make_application = Application
    before = channel_layers.set("default", wrapper)
    yield wrapper
    channel_layers.set("default", before)


@pytest.mark.skipif(versions.runserver_command() is None, reason="needs daphne")
class TestServing:
    """What ``runserver`` does with its flags."""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ([], {}),
            (["8001"], {"port": 8001}),
            (["0.0.0.0:80"], {"host": "0.0.0.0", "port": 80}),
            (["--http_timeout", "5"], {"http_timeout": 5}),
        ],
    )
    def test_the_server_of_0_17_is_asked_to_serve(
        self, layer: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: Any
    ) -> None:
        monkeypatch.setattr(runserver, "Server", Recorded)
        call_command("runserver", "--noreload", *arguments)
        (server,) = Recorded.made
        logger = server.keywords.pop("action_logger")
        assert logger.__func__ is runserver.Command.log_action
        usual = {
            "channel_layer": layer,
            "host": "127.0.0.1",
            "port": 8000,
            "signal_handlers": True,
            "http_timeout": 60,
            "ws_protocols": None,
        }
        assert server.keywords == {**usual, **expected}
        assert server.runs == 1

    def test_today_s_server_gets_that_and_what_the_old_one_did_not_know(
        self, layer: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runserver.Command, "server_cls", Recorded)
        call_command("runserver", "--noreload", "8003")
        (server,) = Recorded.made
        assert server.runs == 1
        assert server.keywords["http_timeout"] == 60
        assert server.keywords["signal_handlers"] is True
        assert "application" in server.keywords
        assert "8003" in str(server.keywords["endpoints"])

    @pytest.mark.parametrize(
        ("arguments", "left_to_workers", "one_at_a_time"),
        [([], False, False), (["--noworker"], True, False), (["--nothreading"], False, True)],
    )
    def test_where_and_how_consumers_run(
        self,
        layer: Any,
        monkeypatch: pytest.MonkeyPatch,
        arguments: list[str],
        left_to_workers: bool,
        one_at_a_time: bool,
    ) -> None:
        monkeypatch.setattr(runserver, "Server", Recorded)
        call_command("runserver", "--noreload", *arguments)
        assert layer.application.flags == {"left_to_workers": left_to_workers, "one_at_a_time": one_at_a_time}

    def test_only_a_consumer_of_one_s_own_answers_requests(self, layer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def consumer(message: Any) -> None:
            pass

        monkeypatch.setattr(runserver, "Server", Recorded)
        call_command("runserver", "--noreload")
        assert "http.request" not in layer.router.channels
        monkeypatch.setattr(runserver.Command, "get_consumer", lambda self, *args, **options: consumer)
        call_command("runserver", "--noreload")
        assert layer.router.root.routing[0].consumer is consumer

    def test_without_asgi_it_is_django_s_own(self, layer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        served: list[Any] = []
        monkeypatch.setattr(
            runserver.DjangoRunserver, "inner_run", lambda self, *args, **options: served.append(options["use_asgi"])
        )
        call_command("runserver", "--noreload", "--noasgi")
        assert served == [False]


DETAILS = {"method": "GET", "path": "/x", "client": "1.2.3.4:5", "time_taken": 0.126}


@pytest.mark.parametrize(
    ("protocol", "action", "status", "line"),
    [
        *(
            ("http", "complete", status, f"HTTP GET /x {status} [0.13, 1.2.3.4:5]")
            for status in (101, 200, 302, 304, 404, 400, 503)
        ),
        ("websocket", "connected", None, "WebSocket CONNECT /x [1.2.3.4:5]"),
        ("websocket", "disconnected", None, "WebSocket DISCONNECT /x [1.2.3.4:5]"),
        ("websocket", "rejected", None, "WebSocket REJECT /x [1.2.3.4:5]"),
        ("websocket", "connecting", None, None),
        ("http", "begun", None, None),
    ],
)
def test_requests_and_sockets_are_shown_as_they_were(
    capsys: pytest.CaptureFixture[str], protocol: str, action: str, status: Any, line: Any
) -> None:
    runserver.Command(no_color=True).log_action(protocol, action, {**DETAILS, "status": status})
    shown = capsys.readouterr().err
    if line is None:
        assert shown == ""
    else:
        assert re.fullmatch(r"\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\] " + re.escape(line) + "\n", shown)


def test_each_kind_of_status_has_a_colour_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    command = runserver.Command(force_color=True)
    shown = set()
    for status in (200, 302, 304, 400, 404, 500):
        command.log_action("http", "complete", {**DETAILS, "status": status})
        shown.add(capsys.readouterr().err.partition("] ")[2].replace(str(status), ""))
    assert len(shown) == 6
