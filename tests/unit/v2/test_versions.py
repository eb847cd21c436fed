"""What differs between versions of channels, Django and the servers."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
import types
from pathlib import Path
from typing import Any

import channels
import pytest
from channels.consumer import AsyncConsumer
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from support.waiting import run

from compat.v0.generic.websockets import WebsocketConsumer as LegacyConsumer
from compat.v2 import versions


def test_the_version_is_the_installed_one() -> None:
    assert channels.__version__.startswith(f"{versions.CHANNELS_MAJOR}.")
    # Not asked of the import system, which finds the one that the drop-in supplies.
    assert (Path(channels.__file__).parent / "signals.py").exists() == versions.HAS_CHANNELS_SIGNALS


@pytest.mark.parametrize(
    ("thing", "native"),
    [
        (AsyncConsumer, True),
        (AsyncWebsocketConsumer, True),
        (WebsocketConsumer, True),
        (type("Own", (WebsocketConsumer,), {}), True),
        (LegacyConsumer, False),
        (lambda message: None, False),
        (print, False),
        (object(), False),
        (None, False),
        (dict, False),
        (LegacyConsumer.as_route, False),
    ],
)
def test_native_consumers_are_told_from_others(thing: Any, native: bool) -> None:
    assert versions.is_native_consumer(thing) is native


# --- calling styles ---


async def single(scope: Any, receive: Any, send: Any) -> None:
    await send((scope, "single"))


class Double:
    def __init__(self, scope: Any) -> None:
        self.scope = scope

    async def __call__(self, receive: Any, send: Any) -> None:
        await send((self.scope, "double"))


def double(scope: Any) -> Any:
    async def instance(receive: Any, send: Any) -> None:
        await send((scope, "double"))

    return instance


@pytest.mark.parametrize(("application", "kind"), [(single, "single"), (Double, "double"), (double, "double")])
def test_every_style_is_called_as_asgi_3(application: Any, kind: str) -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def main() -> None:
        await versions.single_callable(application)({"type": "x"}, None, send)

    run(main())
    assert sent == [({"type": "x"}, kind)]


def test_the_default_application_has_the_style_that_runserver_wants() -> None:
    application = versions.as_default_application(single)
    if versions.CHANNELS_MAJOR >= 3:
        assert application is single
        return
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def main() -> None:
        await application({"type": "x"})(None, send)
        await versions.single_callable(application)({"type": "y"}, None, send)

    run(main())
    assert sent == [({"type": "x"}, "single"), ({"type": "y"}, "single")]


def test_django_s_application_is_called_as_asgi_3() -> None:
    application = versions.django_application()
    assert len(inspect.signature(application).parameters) == 3


def test_who_serves_sockets() -> None:
    import django

    assert versions.serves_websockets(single)
    if django.VERSION >= (3, 0):
        assert not versions.serves_websockets(versions.django_application())


# --- closing ---


def send_of(module: str, **attributes: Any) -> Any:
    async def send(event: Any) -> None:
        raise AssertionError("nothing is sent here")

    send.__module__ = module
    return send


@pytest.mark.parametrize(
    ("module", "event"),
    [
        ("unknown.server", {"type": "websocket.close"}),
        ("uvicorn.protocols.websockets.websockets_impl", {"type": "websocket.close"}),
        ("uvicorn.protocols.websockets.websockets_sansio_impl", {"type": "websocket.close", "code": None}),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_a_close_without_a_code_is_said_as_the_server_understands_it(module: str, event: Any, partial: bool) -> None:
    send = send_of(module)
    assert versions.codeless_close(functools.partial(send, 1) if partial else send) == event


def test_wsproto_wants_its_own_constant() -> None:
    frame_protocol = pytest.importorskip("wsproto.frame_protocol")
    event = versions.codeless_close(send_of("uvicorn.protocols.websockets.wsproto_impl"))
    assert event["code"] is frame_protocol.CloseReason.NO_STATUS_RCVD


def test_a_send_that_is_an_object_is_no_error() -> None:
    class Send:
        async def __call__(self, event: Any) -> None:
            pass

    assert versions.codeless_close(Send()) == {"type": "websocket.close"}


def test_daphne_is_taught_to_close_without_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Any] = []

    class WebSocketProtocol:
        def serverClose(self, code: Any = None) -> None:  # noqa: N802
            closed.append(("with", code))

        def sendClose(self) -> None:  # noqa: N802
            closed.append(("without",))

    module = types.ModuleType("daphne.ws_protocol")
    module.WebSocketProtocol = WebSocketProtocol  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "daphne", types.ModuleType("daphne"))
    monkeypatch.setitem(sys.modules, "daphne.ws_protocol", module)
    monkeypatch.setattr(versions, "_daphne_patched", False)
    for _ in range(2):
        event = versions.codeless_close(functools.partial(send_of("daphne.server"), "protocol"))
        assert event == {"type": "websocket.close", "code": 1005}
    protocol = WebSocketProtocol()
    protocol.serverClose(code=event["code"])
    protocol.serverClose(code=4000)
    protocol.serverClose()
    assert closed == [("without",), ("with", 4000), ("with", None)]


@pytest.mark.parametrize(
    ("server", "event", "code"),
    [
        ("unknown", {"code": 1000}, 1000),
        ("unknown", {"code": 4001}, 4001),
        ("unknown", {"code": 1006}, 1006),
        ("unknown", {"code": 1005}, None),
        ("unknown", {}, None),
        ("daphne.server", {"code": 1005}, None),
        ("uvicorn.protocols.websockets.websockets_impl", {"code": 1000, "reason": ""}, 1000),
        ("uvicorn.protocols.websockets.websockets_impl", {"code": 1005, "reason": ""}, None),
        ("uvicorn.protocols.websockets.websockets_impl", {"code": 1005}, 1006),
    ],
)
def test_the_code_of_a_disconnect(server: str, event: dict[str, Any], code: Any) -> None:
    assert versions.disconnect_code({"type": "websocket.disconnect", **event}, send_of(server)) == code


# --- daphne's start, layers, the reloader ---


def test_what_is_to_run_with_daphne_waits_for_its_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Any] = []
    soon: list[Any] = []
    reactor = types.SimpleNamespace(
        callWhenRunning=waiting.append, _asyncioEventloop=types.SimpleNamespace(call_soon=soon.append)
    )
    internet = types.ModuleType("twisted.internet")
    internet.reactor = reactor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "twisted.internet", internet)
    monkeypatch.setitem(sys.modules, "twisted", types.ModuleType("twisted"))
    monkeypatch.delitem(sys.modules, "daphne.server", raising=False)
    versions.call_when_daphne_runs(print)
    assert waiting == []
    monkeypatch.setitem(sys.modules, "daphne.server", types.ModuleType("daphne.server"))
    versions.call_when_daphne_runs(print)
    (when_running,) = waiting
    assert soon == []
    when_running()
    assert soon == [print]


def test_a_layer_without_a_buffer_has_nothing_to_forget() -> None:
    versions.forget_channel(object(), "a")
    layer = types.SimpleNamespace(receive_buffer={"a": 1, "b": 2})
    versions.forget_channel(layer, "a")
    versions.forget_channel(layer, "a")
    assert layer.receive_buffer == {"b": 2}


@pytest.mark.parametrize(
    "arguments",
    [["manage.py", "runserver", "--noreload"], ["-m", "daphne", "p.asgi:channel_layer"], ["otree", "devserver"]],
)
def test_the_reloader_s_children_run_with_compat_too(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    from django.utils import autoreload

    monkeypatch.setattr(autoreload, "get_child_arguments", autoreload.get_child_arguments)
    monkeypatch.setattr(sys, "warnoptions", ["error", "ignore::ImportWarning"])
    versions.reload_with(arguments)
    assert autoreload.get_child_arguments() == [
        sys.executable,
        "-Werror",
        "-Wignore::ImportWarning",
        "-m",
        "compat",
        "run",
        *arguments,
    ]


def test_there_is_a_runserver_where_daphne_is(monkeypatch: pytest.MonkeyPatch) -> None:
    if versions.CHANNELS_MAJOR < 4:
        pytest.skip("channels 2 and 3 have one of their own")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert versions.runserver_command() is None
