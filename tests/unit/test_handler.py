"""Requests made from messages, responses made into messages."""

from __future__ import annotations

import sys
import types
from typing import Any, Callable, Iterator

import pytest
from django.core.signals import request_finished
from django.http import HttpResponse, StreamingHttpResponse
from django.test.utils import override_settings
from django.urls import path

from compat.v0.asgi import channel_layers
from compat.v0.exceptions import RequestAborted, RequestTimeout, ResponseLater
from compat.v0.handler import AsgiHandler, AsgiRequest, ViewConsumer
from compat.v0.message import Message
from compat.v0.staticfiles import StaticFilesConsumer, StaticFilesHandler
from compat.v2 import layers


@pytest.fixture(autouse=True)
def _new_layer(configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    configured(ROOT_URLCONF="urls_of_handler", DEBUG_PROPAGATE_EXCEPTIONS=True)
    monkeypatch.setattr(layers, "BLOCK", 0.01)


def http(**content: Any) -> Message:
    content = {"reply_channel": "reply", "http_version": "1.1", "method": "GET", "path": "/", **content}
    return Message(content, "http.request", channel_layers["default"])


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "attributes"),
    [
        ({}, {"method": "GET", "path": "/", "path_info": "/", "script_name": "", "content_type": ""}),
        ({"method": "post"}, {"method": "POST"}),
        ({}, {"scheme": "http"}),
        ({"scheme": "https"}, {"scheme": "https"}),
        ({"path": "/a bé"}, {"path": "/a bé"}),
        ({"path": "/a bé".encode()}, {"path": "/a bé"}),
        ({"path": "/app/x", "root_path": "/app"}, {"path": "/app/x", "path_info": "/x", "script_name": "/app"}),
        (
            {"headers": [[b"content-type", b"text/plain; charset=latin1"]]},
            {"content_type": "text/plain", "content_params": {"charset": "latin1"}, "encoding": "latin1"},
        ),
        ({"headers": [[b"content-type", b"text/plain; charset=nonsense"]]}, {"encoding": None}),
        ({"headers": [[b"content-type", b"text/plain"]]}, {"content_params": {}}),
    ],
)
def test_request(content: dict[str, Any], attributes: dict[str, Any]) -> None:
    request: Any = AsgiRequest(http(**content))
    assert {name: getattr(request, name) for name in attributes} == attributes
    assert request.reply_channel.name == "reply"


@pytest.mark.parametrize(
    ("content", "meta"),
    [
        ({"query_string": b"x=%C3%A9"}, {"QUERY_STRING": b"x=%C3%A9"}),
        ({"client": ["1.2.3.4", 5]}, {"REMOTE_ADDR": "1.2.3.4", "REMOTE_HOST": "1.2.3.4", "REMOTE_PORT": 5}),
        ({"server": ["example.org", 80]}, {"SERVER_NAME": "example.org", "SERVER_PORT": "80"}),
        ({"headers": [(b"x-a", b"1"), [b"x-a", b"\xe9"]]}, {"HTTP_X_A": "1,é"}),
        ({"headers": {"x-a": b"1", "content-length": b"0"}}, {"HTTP_X_A": "1", "CONTENT_LENGTH": "0"}),
    ],
)
def test_meta(content: dict[str, Any], meta: dict[str, Any]) -> None:
    found = AsgiRequest(http(**content)).META
    assert {key: found[key] for key in meta} == meta


def test_old_headers_stay_as_they_came() -> None:
    message = http(headers={"x-a": b"1"})
    AsgiRequest(message)
    assert message["headers"] == {"x-a": b"1"}


def test_data() -> None:
    request = AsgiRequest(
        http(
            method="POST",
            query_string=b"a=1&a=2",
            headers=[[b"cookie", b"x=y; z=w"], [b"content-type", b"application/x-www-form-urlencoded"]],
            body=b"k=v&k2=%C3%A9",
        )
    )
    assert request.GET.getlist("a") == ["1", "2"]
    assert request.COOKIES == {"x": "y", "z": "w"}
    assert request.POST.dict() == {"k": "v", "k2": "é"}
    assert len(request.FILES) == 0
    assert request.body == b"k=v&k2=%C3%A9"
    assert request.headers["Cookie"] == "x=y; z=w"
    request.POST = {"other": "post"}
    assert request.POST == {"other": "post"}


def body_in(*chunks: dict[str, Any]) -> Message:
    for chunk in chunks:
        channel_layers["default"].send("body", chunk)
    return http(body=b"1", body_channel="body")


def test_body_in_pieces() -> None:
    message = body_in({"content": b"2", "more_content": True}, {"more_content": True}, {"content": b"3"})
    assert AsgiRequest(message).body == b"123"


def test_body_that_never_ends() -> None:
    class Impatient(AsgiRequest):
        body_receive_timeout = 0.02

    with pytest.raises(RequestTimeout):
        Impatient(body_in({"content": b"2", "more_content": True}))


def test_client_that_gives_up() -> None:
    with pytest.raises(RequestAborted):
        AsgiRequest(body_in({"content": b"2", "more_content": True}, {"closed": True}))


@pytest.mark.parametrize("missing", ["path", "method"])
def test_what_a_request_needs(missing: str) -> None:
    message = http()
    del message.content[missing]
    with pytest.raises(KeyError, match=missing):
        AsgiRequest(message)


# --- views ---------------------------------------------------------------------------------------


def plain(request: Any) -> HttpResponse:
    response = HttpResponse(request.get_full_path())
    response.set_cookie("a", "b")
    return response


def later(request: Any) -> HttpResponse:
    assert request.ResponseLater is ResponseLater
    raise request.ResponseLater


def streaming(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["a", "b"]))


def broken(request: Any) -> HttpResponse:
    raise KeyError("on purpose")


@pytest.fixture(autouse=True)
def _urls(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("urls_of_handler")
    views = (plain, later, streaming, broken)
    module.urlpatterns = [path(view.__name__, view) for view in views]
    monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture
def finished() -> Iterator[list[Any]]:
    """The senders of request_finished."""
    heard: list[Any] = []

    def receiver(sender: Any, **kwargs: Any) -> None:
        heard.append(sender)

    request_finished.connect(receiver)
    yield heard
    request_finished.disconnect(receiver)


def replies(message: Message, handler: Any = AsgiHandler) -> list[dict[str, Any]]:
    return list(handler()(message))


def test_view(finished: list[Any]) -> None:
    (reply,) = replies(http(path="/plain", query_string=b"x=1"))
    assert (reply["status"], reply["content"], reply["more_content"]) == (200, b"/plain?x=1", False)
    assert (b"Set-Cookie", b"a=b; Path=/") in reply["headers"]
    assert len(finished) == 1


def test_view_below_a_prefix() -> None:
    (reply,) = replies(http(path="/app/plain", root_path="/app"))
    assert reply["content"] == b"/app/plain"


def test_streaming_view() -> None:
    found = replies(http(path="/streaming"))
    assert [reply.get("content") for reply in found] == [b"a", b"b", None]
    assert [reply["more_content"] for reply in found] == [True, True, False]
    assert ["status" in reply for reply in found] == [True, False, False]


def test_view_that_has_somebody_else_answer(finished: list[Any]) -> None:
    assert replies(http(path="/later")) == []
    assert len(finished) == 1


def test_view_that_has_somebody_else_answer_behind_middleware() -> None:
    seen = []

    def middleware(get_response: Any) -> Any:
        def call(request: Any) -> Any:
            seen.append(get_response(request).status_code)
            return HttpResponse("replaced")

        return call

    module: Any = types.ModuleType("middleware_of_handler")
    module.middleware = middleware
    sys.modules[module.__name__] = module
    try:
        with override_settings(MIDDLEWARE=["middleware_of_handler.middleware"]):
            assert replies(http(path="/later")) == []
    finally:
        del sys.modules[module.__name__]
    assert seen == [200]


def test_view_that_raises() -> None:
    with pytest.raises(KeyError):
        replies(http(path="/broken"))


@pytest.mark.parametrize(
    ("message", "statuses"),
    [
        (lambda: http(path=b"/\xff"), [400]),
        (lambda: body_in({"more_content": True}), [408]),
        (lambda: body_in({"closed": True}), []),
    ],
)
def test_bad_requests(message: Any, statuses: list[int]) -> None:
    request_class = type("Impatient", (AsgiRequest,), {"body_receive_timeout": 0.02})
    handler = type("Handler", (AsgiHandler,), {"request_class": request_class})
    assert [reply["status"] for reply in replies(message(), handler)] == statuses


@pytest.mark.parametrize(
    ("data", "chunks"),
    [
        (b"", [(b"", True)]),
        (b"1234", [(b"1234", True)]),
        (b"12345", [(b"1234", False), (b"5", True)]),
        (b"12345678", [(b"1234", False), (b"5678", True)]),
    ],
)
def test_chunks(data: bytes, chunks: list[Any]) -> None:
    handler: Any = type("Handler", (AsgiHandler,), {"chunk_size": 4})
    assert list(handler.chunk_bytes(data)) == chunks


def test_consumer_waits_for_a_slow_client(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = channel_layers["default"]
    message = http(path="/streaming")
    for _ in range(layer.capacity):
        layer.send("reply", {})
    monkeypatch.setattr("compat.v0.handler.time.sleep", lambda seconds: layer.receive_many(["reply"]))
    ViewConsumer()(message)
    found = []
    while True:
        name, content = layer.receive_many(["reply"])
        if name is None:
            break
        found.append(content.get("content"))
    assert found[-3:] == [b"a", b"b", None]


# --- static files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("static_url", "path", "handled", "file"),
    [
        ("/static/", "/static/a%20b.css", True, "a b.css"),
        ("/static/", "/static/css/a.css", True, "css/a.css"),
        ("/static/", "/plain", False, ""),
        ("https://cdn.example.org/static/", "/static/a.css", False, ""),
    ],
)
def test_static_files(static_url: str, path: str, handled: bool, file: str) -> None:
    class Handler(StaticFilesHandler):
        def serve(self, request: Any) -> Any:
            return HttpResponse("file " + self.file_path(request.path))

    with override_settings(STATIC_URL=static_url):
        handler = Handler()
        assert handler._should_handle(path) == handled
        if handled:
            (reply,) = handler(http(path=path))
            assert reply["content"] == b"file " + file.encode()


@pytest.mark.parametrize("debug", [True, False])
def test_static_file_that_is_not_there(debug: bool) -> None:
    with override_settings(
        STATIC_URL="/static/", DEBUG=debug, DEBUG_PROPAGATE_EXCEPTIONS=False, ALLOWED_HOSTS=["*"]
    ):
        (reply,) = StaticFilesHandler()(http(path="/static/missing.css", server=["example.org", 80]))
    assert reply["status"] == 404


def test_views_behind_static_files() -> None:
    with override_settings(STATIC_URL="/static/"):
        StaticFilesConsumer()(http(path="/plain"))
    assert channel_layers["default"].receive_many(["reply"])[1]["content"] == b"/plain"
