"""Whatever a routing is made of: it is refused and says why, or what it listens on can be sent to."""

from __future__ import annotations

import re
import warnings
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from support.layers import make_layer
from support.waiting import run

from compat.v0.generic.base import BaseConsumer
from compat.v0.message import Message
from compat.v0.routing import include, route, route_class

from .anything import anything, clearly, few, mostly

BUILD = {"route": route, "route_class": route_class, "include": include}
# Which of them, the arguments (another table, for include), the filters.
Described = Any


def consumer(message: Any, **kwargs: Any) -> None:
    pass


class Consumer(BaseConsumer):
    method_mapping = {"mail": "receive"}


class Wrong(BaseConsumer):
    method_mapping = {5: "receive", "not a name!": "receive"}


def build(table: Described) -> Any:
    """The routing of a description, whose parts raise when they are made."""
    if isinstance(table, list):
        return [build(each) for each in table]
    if isinstance(table, tuple) and len(table) == 3 and isinstance(table[0], str) and table[0] in BUILD:
        what, arguments, filters = table
        return BUILD[what](*map(build, arguments), **filters)
    return table


channels = st.sampled_from(["mail", "websocket.receive", "a?b", "a!b", "x" * 100, "x" * 101, "", b"mail", b"\xff"])
consumers = st.sampled_from([consumer, f"{__name__}.consumer", "", ".", "..", "no.such", "a\0.b", Consumer, Wrong])
keys = st.sampled_from(["path", "n"])
regexes = st.sampled_from([
    "^/(?P<room>[a-z]+)$", b"^x", "", "(", "(x)", "(?P<a>", "(?P<class>x)", b"\xff", "x{99999999999}", "[[a]", "\\",
    re.compile("x"), re.compile(b"x"),
])  # fmt: skip
filters = st.dictionaries(keys, mostly(regexes), max_size=2)
routes = st.tuples(
    st.just("route"), st.tuples(mostly(channels | st.lists(channels, max_size=2)), mostly(consumers)), filters
)
classes = st.tuples(st.just("route_class"), st.tuples(mostly(consumers)), filters)
mappings = st.dictionaries(channels, consumers, max_size=2)
tables = st.recursive(
    mostly(st.lists(mostly(routes | classes), min_size=1, max_size=2) | mappings, consumers | anything),
    lambda inner: st.lists(mostly(st.tuples(st.just("include"), st.tuples(inner), filters), inner), min_size=1),
    max_leaves=3,
)
contents = st.dictionaries(keys, st.just("/red") | anything)


@given(tables, contents)
@few
@example(None, {})
@example("", {})
@example(".routing", {})
@example("a\0.b", {})
@example([[]], {})
@example([Consumer], {})
@example([("route", (5, consumer), {})], {})
@example([("route", ([5], consumer), {})], {})
@example([("route", ("x" * 101, consumer), {})], {})
@example([("route", (b"\xff", consumer), {})], {})
@example([("route", ("a?b", consumer), {})], {})
@example([("route", ("x" * 100, consumer), {})], {})
@example([("route", ("mail", consumer), {"path": "("})], {})
@example([("route", ("mail", consumer), {"path": 5})], {})
@example([("route", ("mail", consumer), {"path": b"\xff"})], {})
@example([("route", ("mail", consumer), {"path": re.compile(b"x")})], {})
@example([("route", ("mail", consumer), {"path": "x{99999999999}"})], {})
@example([("include", ([("route", ("mail", consumer), {})],), {"path": "("})], {})
@example([("route_class", (Wrong,), {})], {})
@example([("route", ("mail", consumer), {"n": "1"})], {"n": 1})
@example([("route", ("mail", consumer), {"n": "1"})], {"n": b"\xff"})
def test_a_routing_is_refused_or_works(table: Described, content: dict[Any, Any]) -> None:
    with clearly(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's, about regular expressions
        layer = make_layer(build(table))
        for channel in ("mail", "websocket.receive"):
            layer.router.match(Message(content, channel, layer))
        for channel in layer.router.custom_channels():
            layer.send(channel, {"sent": "to " + channel})
            assert run(layer.receive_content(channel)) == {"sent": "to " + channel}
