"""Which consumer gets a message."""

from typing import Any, Dict, Optional, Tuple

import pytest
from django.core.exceptions import ImproperlyConfigured
from support.layers import make_layer

from compat.v0.generic import BaseConsumer
from compat.v0.handler import ViewConsumer
from compat.v0.message import Message
from compat.v0.routing import Include, Route, RouteClass, Router, include, null_consumer, route, route_class

from . import routes_for_tests
from .routes_for_tests import Socket, first, second

HERE = routes_for_tests.__name__


class Everything:
    """Anything with these two methods can stand in a routing."""

    def match(self, message: Any) -> Any:
        return (second, {"given": "by " + message.channel.name})

    def channel_names(self) -> Any:
        return {"anything"}


class Numbers(BaseConsumer):
    method_mapping = {"numbers.add": "add", "numbers.drop": "drop"}


def match(routing: Any, channel: str, content: Dict[Any, Any]) -> Any:
    layer = make_layer(routing)
    return layer.router.match(Message(content, channel, layer))


RECEIVE = "websocket.receive"
TAKEN: Dict[str, Tuple[Any, str, Dict[Any, Any], Any, Dict[str, Any]]] = {
    "the name alone": ([route(RECEIVE, first)], RECEIVE, {}, first, {}),
    "one of several channels": ([route(["a", "b"], first)], "b", {}, first, {}),
    "a tuple of channels": ([route(("a", "b"), first)], "a", {}, first, {}),
    "names as bytes": ([route([b"a", "b"], first)], "a", {}, first, {}),
    "a routing that is a dict": ({"a": second, "b": first}, "b", {}, first, {}),
    "a consumer by its dotted name": ([route("a", HERE + ".first")], "a", {}, first, {}),
    "a consumer by its dotted name in a dict": ({"a": HERE + ".first"}, "a", {}, first, {}),
    "a routing by its dotted name": (HERE + ".a_list", "mail.send", {}, second, {}),
    "a dict by its dotted name": (HERE + ".a_dict", "mail.send", {}, second, {}),
    "a class by its dotted name": ([route_class(HERE + ".Socket")], RECEIVE, {}, Socket, {}),
    "a filter at the start of the value": ([route("a", first, path="^/x")], "a", {"path": "/x/y"}, first, {}),
    "a filter without ^": ([route("a", first, path="/x")], "a", {"path": "/x/y"}, first, {}),
    "a filter to the end": ([route("a", first, path="^/x$")], "a", {"path": "/x"}, first, {}),
    "an empty filter": ([route("a", first, path="")], "a", {"path": "/x"}, first, {}),
    "an empty value": ([route("a", first, path="^$")], "a", {"path": ""}, first, {}),
    "a key of any name": ([route("a", first, method="POST")], "a", {"method": "POST"}, first, {}),
    "a pattern as bytes": ([route("a", first, path=b"^/x")], "a", {"path": "/x"}, first, {}),
    "a value as bytes": ([route("a", first, path="^/x")], "a", {"path": b"/x"}, first, {}),
    "a named group": ([route("a", first, path=r"^/(?P<n>\d+)/")], "a", {"path": "/12/"}, first, {"n": "12"}),
    "a group that took no part": ([route("a", first, path="^/(?P<n>x)?")], "a", {"path": "/"}, first, {"n": None}),
    "a group without a name": ([route("a", first, path="^/(?:x|y)/")], "a", {"path": "/y/"}, first, {}),
    "two filters": (
        [route("a", first, path="^/(?P<p>.)", method="^(?P<m>GET|PUT)$")],
        "a",
        {"path": "/x", "method": "PUT"},
        first,
        {"p": "x", "m": "PUT"},
    ),
    "the first of two": ([route("a", first), route("a", second)], "a", {}, first, {}),
    "the second, when a filter says no": (
        [route("a", first, path="^/x"), route("a", second)],
        "a",
        {"path": "/y"},
        second,
        {},
    ),
    "included, prefix cut off": (
        [include([route("a", first, path="^/in/$")], path="^/out")],
        "a",
        {"path": "/out/in/"},
        first,
        {},
    ),
    "included by dotted name": (
        [include(HERE + ".a_list", path="^/out")],
        RECEIVE,
        {"path": "/out/inner/"},
        first,
        {},
    ),
    "included, as a dict": ([include({"a": first}, path="^/out")], "a", {"path": "/out/rest"}, first, {}),
    "included without a prefix": ([include([route("a", first)])], "a", {}, first, {}),
    "included twice over": (HERE + ".an_include", RECEIVE, {"path": "/outer/inner/"}, first, {}),
    "groups of prefix and filter": (
        [include([route("a", first, path="^/(?P<q>.)$")], path="^/(?P<p>.)")],
        "a",
        {"path": "/1/2"},
        first,
        {"p": "1", "q": "2"},
    ),
    "the inner group wins": (
        [include([route("a", first, path="^/(?P<p>.)$")], path="^/(?P<p>.)")],
        "a",
        {"path": "/1/2"},
        first,
        {"p": "2"},
    ),
    "a prefix of bytes": ([include([route("a", first)], path=b"^/out")], "a", {"path": "/out"}, first, {}),
    "after an include that took only the prefix": (
        [include([route("a", first, path="^/in$")], path="^/out"), route("a", second, path="^/out/other$")],
        "a",
        {"path": "/out/other"},
        second,
        {},
    ),
    "two prefixes": (
        [include([route("a", first, path="^2$", method="^4$")], path="^1", method="^3")],
        "a",
        {"path": "12", "method": "34"},
        first,
        {},
    ),
    "the channels of a class": ([route_class(Numbers)], "numbers.drop", {}, Numbers, {}),
    "a class with a filter": ([route_class(Socket, path="^/(?P<p>x)")], RECEIVE, {"path": "/x"}, Socket, {"p": "x"}),
    "a class as a route": ([Socket.as_route(path="^/x")], "websocket.connect", {"path": "/x"}, Socket, {}),
    "a class in a plain route": ([route("a", Socket)], "a", {}, Socket, {}),
    "something of the project's own": ([Everything()], "a", {}, second, {"given": "by a"}),
    "something of the project's own, included": (
        [include([Everything()], path="^/(?P<p>.)")],
        "a",
        {"path": "/x"},
        second,
        {"p": "x", "given": "by a"},
    ),
    "a channel of one process": ([route("a!b", first)], "a!b", {}, first, {}),
}


@pytest.mark.parametrize("case", sorted(TAKEN))
def test_a_message_is_taken(case: str) -> None:
    routing, channel, content, consumer, kwargs = TAKEN[case]
    assert match(routing, channel, content) == (consumer, kwargs)


NOT_TAKEN: Dict[str, Tuple[Any, str, Dict[Any, Any]]] = {
    "an empty routing": ([], "a", {}),
    "an empty dict": ({}, "a", {}),
    "another channel": ([route("a", first)], "b", {}),
    "the start of the channel's name": ([route("websocket", first)], RECEIVE, {}),
    "more than the channel's name": ([route("websocket.receive.more", first)], RECEIVE, {}),
    "a channel name is no pattern": ([route("websocket.*", first)], RECEIVE, {}),
    "another case of letters": ([route("Websocket.Receive", first)], RECEIVE, {}),
    "the prefix of a channel of one process": ([route("a!", first)], "a!b", {}),
    "no such key": ([route("a", first, path="^/")], "a", {}),
    "no such key, though the filter is empty": ([route("a", first, path="")], "a", {"order": 0}),
    "another value": ([route("a", first, path="^/x")], "a", {"path": "/y"}),
    "not at the start": ([route("a", first, path="x")], "a", {"path": "/x"}),
    "not to the end": ([route("a", first, path="^/x$")], "a", {"path": "/x/"}),
    "another case of the value": ([route("a", first, path="^/x")], "a", {"path": "/X"}),
    "the first filter only": ([route("a", first, path="^/x", method="GET")], "a", {"path": "/x", "method": "PUT"}),
    "the second filter only": ([route("a", first, path="^/x", method="GET")], "a", {"path": "/y", "method": "GET"}),
    "one filter, the other key is missing": ([route("a", first, path="^/x", method="GET")], "a", {"path": "/x"}),
    "the filter in a dict's other entry": ({"a": first}, "b", {"path": "/"}),
    "not the prefix": ([include([route("a", first)], path="^/out")], "a", {"path": "/other"}),
    "the prefix, not at the start": ([include([route("a", first)], path="/out")], "a", {"path": "/x/out"}),
    "no key for the prefix": ([include([route("a", first)], path="^/out")], "a", {}),
    "the prefix, not the inner filter": (
        [include([route("a", first, path="^/in$")], path="^/out")],
        "a",
        {"path": "/out/other"},
    ),
    "the inner filter without the prefix": (
        [include([route("a", first, path="^/in$")], path="^/out")],
        "a",
        {"path": "/in"},
    ),
    "the inner filter wants the prefix again": (
        [include([route("a", first, path="^/out/in$")], path="^/out")],
        "a",
        {"path": "/out/in"},
    ),
    "the prefix took the slash": ([include([route("a", first, path="^/in")], path="^/out/")], "a", {"path": "/out/in"}),
    "included, another channel": ([include([route("a", first)], path="^/out")], "b", {"path": "/out"}),
    "an empty include": ([include([])], "a", {}),
    "a channel that the class has not": ([route_class(Numbers)], "numbers", {}),
    "a method's name is no channel": ([route_class(Numbers)], "add", {}),
    "a class with a filter": ([route_class(Socket, path="^/x")], RECEIVE, {"path": "/y"}),
    "a class with a filter, no such key": ([route_class(Socket, path="^/x")], RECEIVE, {}),
}


@pytest.mark.parametrize("case", sorted(NOT_TAKEN))
def test_a_message_is_not_taken(case: str) -> None:
    routing, channel, content = NOT_TAKEN[case]
    assert match(routing, channel, content) is None


def test_matching_changes_nothing_in_the_message() -> None:
    layer = make_layer([include([route("a", first)], path="^/out")])
    content = {"path": "/out/in"}
    layer.router.match(Message(content, "a", layer))
    assert content == {"path": "/out/in"}


CHANNELS: Dict[str, Tuple[Any, Any]] = {
    "one": ([route("a", first)], {"a"}),
    "several": ([route(["a", b"b"], first), route("c", second)], {"a", "b", "c"}),
    "included": ([include([route("a", first)], path="^/x"), include(HERE + ".a_dict")], {"a", RECEIVE, "mail.send"}),
    "of a class": (
        [Socket.as_route()],
        {"websocket.connect", "websocket.receive", "websocket.disconnect"},
    ),
    "of the project's own": ([Everything()], {"anything"}),
    "none": ([], set()),
}


@pytest.mark.parametrize("case", sorted(CHANNELS))
def test_a_router_knows_its_channels(case: str) -> None:
    routing, channels = CHANNELS[case]
    assert Router(routing).channels == channels
    assert Include(routing).channel_names() == channels


def test_a_route_that_is_added_comes_last() -> None:
    layer = make_layer([route("a", first)])
    layer.router.add_route(route(["a", "b"], second))
    assert layer.router.channels == {"a", "b"}
    assert layer.router.match(Message({}, "a", layer)) == (first, {})
    assert layer.router.match(Message({}, "b", layer)) == (second, {})


@pytest.mark.parametrize("channel", ["websocket.connect", "websocket.receive"])
def test_a_socket_that_no_route_takes_gets_a_consumer_that_does_nothing(channel: str) -> None:
    layer = make_layer([route(channel, first, path="^/x")])
    layer.router.check_default()
    assert layer.router.match(Message({"path": "/x"}, channel, layer)) == (first, {})
    assert layer.router.match(Message({"path": "/y"}, channel, layer)) == (null_consumer, {})
    assert null_consumer(Message({}, channel, layer), extra=1) is None


def test_a_disconnect_that_no_route_takes_has_no_consumer() -> None:
    layer = make_layer([])
    layer.router.check_default()
    assert layer.router.match(Message({}, "websocket.disconnect", layer)) is None


def test_requests_that_no_route_takes_get_the_consumer_that_is_given() -> None:
    layer = make_layer([route("http.request", first, path="^/x")])
    layer.router.check_default(http_consumer=second)
    assert layer.router.match(Message({"path": "/x"}, "http.request", layer)) == (first, {})
    assert layer.router.match(Message({"path": "/y"}, "http.request", layer)) == (second, {})


def test_requests_that_no_route_takes_get_the_views_of_django() -> None:
    layer = make_layer([])
    layer.router.check_default()
    consumer, _ = layer.router.match(Message({"path": "/"}, "http.request", layer))
    assert type(consumer) is ViewConsumer
    assert layer.router.channels == {"http.request", "websocket.connect", "websocket.receive"}


WRONG: Dict[str, Any] = {
    "positional groups": (lambda: route("a", first, path="^/(x)"), ValueError, "Filter for path on a (path=^/(x)) -> "),
    "named and positional groups": (
        lambda: route("a", first, path="^/(?P<p>x)/(y)"),
        ValueError,
        "contains positional groups; only named groups are allowed.",
    ),
    "positional groups on a class": (
        lambda: route_class(Socket, path="^/(x)"),
        ValueError,
        "contains positional groups; only named groups are allowed.",
    ),
    "a mistake in a routing module": (
        lambda: Router(HERE.replace("routes", "wrong_routes") + ".channel_routing"),
        ValueError,
        "contains positional groups; only named groups are allowed.",
    ),
    "a class without channels": (
        lambda: route_class(first),
        ValueError,
        "The consumer passed to RouteClass has no valid channel_names method",
    ),
    "a class whose channels are no method": (
        lambda: route_class(type("Odd", (), {"channel_names": ["a"]})),
        ValueError,
        "The consumer passed to RouteClass has no valid channel_names method",
    ),
    "no module of a consumer": (
        lambda: route("a", "no_such_module.consumer"),
        ImproperlyConfigured,
        "Cannot import consumer 'no_such_module.consumer'",
    ),
    "no such consumer": (
        lambda: route("a", HERE + ".third"),
        ImproperlyConfigured,
        "Cannot import consumer %r" % (HERE + ".third"),
    ),
    "no module of a routing": (
        lambda: Router("no_such_module.routing"),
        ImproperlyConfigured,
        "Cannot import channel routing 'no_such_module.routing': No module named 'no_such_module'",
    ),
    "no such routing": (
        lambda: include(HERE + ".no_list"),
        ImproperlyConfigured,
        "Cannot import channel routing %r: module %r has no attribute 'no_list'" % (HERE + ".no_list", HERE),
    ),
    "attributes that are no dict": (
        lambda: Socket.as_route(attrs=[("a", 1)]),
        AssertionError,
        "attrs must be a dict",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_routing_is_refused(case: str) -> None:
    make, kind, words = WRONG[case]
    with pytest.raises(kind) as caught:
        make()
    assert type(caught.value) is kind
    assert words in str(caught.value)


TEXTS: Dict[str, Any] = {
    "%s.first" % HERE: route("a", first),
    "%s.Socket" % HERE: route("a", Socket),
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_route_without_filters_as_text(name: str) -> None:
    assert str(TEXTS[name]) == "a  -> " + name


def test_a_route_with_filters_as_text() -> None:
    assert str(Route(["a", "b"], first, path="^/x")) == "a/b (path=^/x) -> %s.first" % HERE


def test_the_lower_case_names_are_the_classes() -> None:
    assert (route, route_class, include) == (Route, RouteClass, Include)


def test_attributes_given_to_as_route_do_not_change_the_class() -> None:
    found: Optional[Any] = match([Socket.as_route(attrs={"groups": ["g"]})], RECEIVE, {"path": "/"})
    assert found is not None
    assert (found[0].groups, found[0].__name__, Socket.groups) == (["g"], "Socket", None)
    assert issubclass(found[0], Socket)
