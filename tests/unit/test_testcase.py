"""The helpers for users' own tests."""

from __future__ import annotations

import unittest
from typing import Any, Iterator

import pytest
from channels.layers import channel_layers as native_layers
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test.utils import override_settings
from support.accounts import accounts

from compat.v0.asgi import channel_layers
from compat.v0.channel import Channel, Group
from compat.v0.message import Message
from compat.v0.routing import route
from compat.v0.tests import ChannelTestCase, Client, HttpClient, TransactionChannelTestCase, apply_routes


@pytest.fixture(autouse=True)
def _accounts() -> Iterator[None]:
    with accounts():
        yield


def result_of(case: Any, method: Any, **attributes: Any) -> unittest.TestResult:
    """Run ``method`` as the only test of a class derived from ``case``."""
    derived = type("Case", (case,), {"databases": set(), **attributes, "test": method})
    result = unittest.TestResult()
    unittest.TestSuite([derived("test")]).run(result)
    return result


def succeeds(case: Any, method: Any, **attributes: Any) -> None:
    result = result_of(case, method, **attributes)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


CASES = [ChannelTestCase, TransactionChannelTestCase]


# --- test cases ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_layers_are_empty_and_taken_back(case: Any) -> None:
    before, native_before = channel_layers["default"], native_layers["default"]
    before.send("a", {"n": "outside"})

    def test(self: Any) -> None:
        assert self.get_next_message("a") is None
        assert channel_layers["default"] is not before
        assert channel_layers["default"].routing == before.routing
        Channel("a").send({"n": "inside"})

    succeeds(case, test)
    assert channel_layers["default"] is before
    assert native_layers["default"] is native_before
    assert before.receive_many(["a"])[1] == {"n": "outside"}


@pytest.mark.parametrize("case", CASES)
def test_native_code_uses_the_same_layer(case: Any) -> None:
    def test(self: Any) -> None:
        Channel("a").send({"n": 1})
        assert native_layers["default"] is channel_layers["default"].native

    succeeds(case, test)


def test_layers_are_there_in_set_up_and_tear_down() -> None:
    seen = []

    def look(self: Any) -> None:
        seen.append(channel_layers["default"])

    succeeds(ChannelTestCase, look, setUp=look, tearDown=look)
    assert len(set(map(id, seen))) == 1
    assert seen[0] is not channel_layers["default"]


def test_layers_are_taken_back_after_a_failure() -> None:
    before = channel_layers["default"]
    result = result_of(ChannelTestCase, lambda self: self.fail("on purpose"))
    assert len(result.failures) == 1
    assert channel_layers["default"] is before


def test_debug() -> None:
    before = channel_layers["default"]

    class Case(ChannelTestCase):
        databases: Any = set()

        def test(self) -> None:
            assert channel_layers["default"] is not before
            raise KeyError("on purpose")

    with pytest.raises(KeyError):
        Case("test").debug()
    assert channel_layers["default"] is before


def test_other_layers() -> None:
    layer = {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}

    def test(self: Any) -> None:
        Channel("a", alias="other").send({"n": 1})
        assert self.get_next_message("a") is None
        assert self.get_next_message("a", alias="other")["n"] == 1

    with override_settings(CHANNEL_LAYERS={"default": layer, "other": layer}):
        succeeds(ChannelTestCase, test, test_channel_aliases=["default", "other"])


def test_no_server_is_needed_for_what_the_settings_say() -> None:
    redis = {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": [("nowhere.invalid", 1)]}, "ROUTING": []}

    def test(self: Any) -> None:
        Group("g").add("a")
        Group("g").send({"n": 1})
        assert self.get_next_message("a", require=True).content == {"n": 1}

    pytest.importorskip("channels_redis")
    with override_settings(CHANNEL_LAYERS={"default": redis}):
        succeeds(ChannelTestCase, test)


@pytest.mark.parametrize("layers", [{}, {"default": {"BACKEND": "asgiref.inmemory.ChannelLayer"}}])
def test_wrong_settings_are_an_error_of_the_test(layers: Any) -> None:
    with override_settings(CHANNEL_LAYERS=layers):
        channel_layers.backends.clear()
        native_layers.backends.clear()
        result = result_of(ChannelTestCase, lambda self: None)
    ((_, text),) = result.errors
    assert "InvalidChannelLayerError" in text


def test_required_message() -> None:
    result = result_of(ChannelTestCase, lambda self: self.get_next_message("a", require=True))
    ((_, text),) = result.failures
    assert "Expected a message on channel a, got none" in text


# --- clients -------------------------------------------------------------------------------------


def echo(message: Message, **kwargs: Any) -> Any:
    message.reply_channel.send({"text": message.content.get("text"), "kwargs": kwargs})  # type: ignore[union-attr]
    return message


def test_client() -> None:
    client, other = Client(), Client()
    content = {"text": "x", "room": "a"}
    with apply_routes(route("chat", echo, room="(?P<room>.)")):
        assert isinstance(client.send_and_consume("chat", content), Message)
    assert content == {"text": "x", "room": "a"}
    assert other.receive() is None
    assert client.receive() == {"text": "x", "kwargs": {"room": "a"}}
    assert client.receive() is None


@pytest.mark.parametrize(
    ("send", "says"), [(False, "No message for channel chat"), (True, "Can't find consumer for message")]
)
def test_nothing_to_consume(send: bool, says: str) -> None:
    client = Client()
    for fail_on_none in (True, False):
        if send:
            client.send("chat")
        if fail_on_none:
            with pytest.raises(AssertionError, match=says):
                client.consume("chat")
        else:
            assert client.consume("chat", fail_on_none=False) is None


def test_errors_of_consumers_come_through() -> None:
    def consumer(message: Message) -> None:
        raise KeyError("on purpose")

    with apply_routes([route("chat", consumer)]), pytest.raises(KeyError):
        Client().send_and_consume("chat")


def test_client_in_a_group() -> None:
    client = Client()
    client.join_group("room")
    Group("room").send({"text": "x"})
    message = client.get_next_message(client.reply_channel)
    assert message is not None
    assert message.content == {"text": "x"}


@pytest.mark.parametrize(
    ("text", "sent", "json", "received"),
    [
        ("plain", "plain", False, "plain"),
        ("[1]", "[1]", True, [1]),
        ({"a": 1}, '{"a": 1}', True, {"a": 1}),
        ({"a": 1}, '{"a": 1}', False, '{"a": 1}'),
        (None, None, False, None),
    ],
)
def test_http_client_sends_texts(text: Any, sent: Any, json: bool, received: Any) -> None:
    client = HttpClient()
    with apply_routes([route("websocket.receive", echo, path="^/chat")]):
        message = client.send_and_consume("websocket.receive", text=text, path="/chat")
    assert message.get("text") == sent
    assert client.receive(json=json) == received


def test_http_client_without_an_answer() -> None:
    assert HttpClient().receive() is None


def test_headers_and_cookies() -> None:
    client = HttpClient()
    client.set_header("host", b"example.org")
    client.set_cookie("a", "b")
    with pytest.raises(ValueError, match="set_cookie"):
        client.set_header("cookie", "x")
    key = client.session.session_key
    assert client.headers == {"host": b"example.org", "cookie": f"a=b; {settings.SESSION_COOKIE_NAME}={key}".encode()}
    assert client.get_cookies() == {"a": "b", settings.SESSION_COOKIE_NAME: key}


@pytest.mark.parametrize("how", ["login", "force_login"])
@pytest.mark.parametrize("cookies", [{}, {"other": "cookie"}])
def test_signing_in(how: str, cookies: dict[str, str]) -> None:
    from compat.v0.auth import channel_session_user, channel_session_user_from_http

    user = get_user_model().objects.create_user("ann", password="secret")
    client = HttpClient()
    for key, value in cookies.items():
        client.set_cookie(key, value)
    if how == "login":
        assert client.login(username="ann", password="secret")
    else:
        client.force_login(user)
    connect = channel_session_user_from_http(lambda message: message.user)
    receive = channel_session_user(lambda message: message.user)
    with apply_routes([route("websocket.connect", connect), route("websocket.receive", receive)]):
        assert client.send_and_consume("websocket.connect") == user
        assert client.send_and_consume("websocket.receive") == user
        assert HttpClient().send_and_consume("websocket.connect").is_anonymous


@pytest.mark.parametrize("credentials", [{"password": "wrong"}, {"password": "secret", "active": False}])
def test_signing_in_fails(credentials: dict[str, Any]) -> None:
    active = credentials.pop("active", True)
    get_user_model().objects.create_user("ann", password="secret", is_active=active)
    assert HttpClient().login(username="ann", **credentials) is False


def test_without_sessions() -> None:
    with override_settings(INSTALLED_APPS=["compat"]):
        client = HttpClient()
        assert client.headers == {"cookie": b""}
        with pytest.raises(OSError, match=r"django\.contrib\.sessions"):
            client.session  # noqa: B018


# --- apply_routes --------------------------------------------------------------------------------


ROUTE = route("chat", echo)


@pytest.mark.parametrize("routes", [ROUTE, [ROUTE], (ROUTE,), [[ROUTE]], [[ROUTE], ROUTE]])
def test_forms_of_routes(routes: Any) -> None:
    before = channel_layers["default"].router
    with apply_routes(routes):
        assert channel_layers["default"].router.channels == {"chat"}
    assert channel_layers["default"].router is before


def test_no_routes_at_all() -> None:
    with apply_routes([]):
        assert channel_layers["default"].router.channels == set()


def test_as_a_decorator() -> None:
    @apply_routes([ROUTE])
    def channels(more: str) -> Any:
        """Kept."""
        return channel_layers["default"].router.channels | {more}

    assert channels("more") == {"chat", "more"}
    assert channels.__doc__ == "Kept."
    assert channel_layers["default"].router.channels == set()


def test_on_a_class() -> None:
    seen = []

    @apply_routes([ROUTE])
    class Case(ChannelTestCase):
        def setUp(self) -> None:
            seen.append(set(channel_layers["default"].router.channels))

        tearDown = setUp

    succeeds(Case, lambda self: None)
    assert seen == [{"chat"}, set()]
    assert channel_layers["default"].router.channels == set()


def test_routes_of_other_layers() -> None:
    layer = {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}
    with override_settings(CHANNEL_LAYERS={"default": layer, "other": layer}):
        with apply_routes([ROUTE], aliases=["other"]):
            assert channel_layers["other"].router.channels == {"chat"}
            assert channel_layers["default"].router.channels == set()
        assert channel_layers["other"].router.channels == set()
