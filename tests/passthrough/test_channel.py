"""Sending to channels and groups: names, contents, and what is refused."""

from typing import Any, Callable, Dict

import pytest
from support.layers import make_layer, take_all

from compat.v0.channel import Channel, Group

LETTERS = "abcXYZ0189-_."

ACCEPTED_CHANNELS = [
    "a", "a!b", "a?b", "a-b_c.D9", LETTERS, "a!é", "a!b-c_d.e", "abc\n", "x" * 100, ".", "websocket.send!RqCPRdMRNPwe",
]  # fmt: skip
REFUSED_CHANNELS = [
    "", " ", "a b", "é", "a:b", "a/b", "a!", "a?", "a!b!c", "a?b!c", "!b", "?b", "a!b c", "a*", "x" * 101, "a\nb",
    "a\n\n",
]  # fmt: skip
ACCEPTED_GROUPS = ["g", "a-b_c.D9", LETTERS, "ok\n", "x" * 100]
REFUSED_GROUPS = ["", " ", "a b", "é", "a:b", "a/b", "a!b", "a?b", "a!", "x" * 101, "a\nb"]

OPERATIONS: Dict[str, Callable[[Group, Any], None]] = {
    "send": lambda group, member: group.send({"n": 1}),
    "add": lambda group, member: group.add(member),
    "discard": lambda group, member: group.discard(member),
}


@pytest.mark.parametrize("name", ACCEPTED_CHANNELS)
def test_a_channel_of_a_good_name_is_sent_to(name: str) -> None:
    layer = make_layer()
    Channel(name, channel_layer=layer).send({"n": 1})
    assert take_all(layer, name) == [{"n": 1}]


@pytest.mark.parametrize("name", REFUSED_CHANNELS)
def test_a_channel_of_a_bad_name_is_made_but_not_sent_to(name: str) -> None:
    channel = Channel(name, channel_layer=make_layer())
    with pytest.raises(AssertionError, match="^Channel name not valid$"):
        channel.send({})


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("name", ACCEPTED_GROUPS)
def test_a_group_of_a_good_name_is_used(name: str, operation: str) -> None:
    layer = make_layer()
    OPERATIONS[operation](Group(name, channel_layer=layer), Channel("a", channel_layer=layer))


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("name", REFUSED_GROUPS)
def test_a_group_of_a_bad_name_is_made_but_not_used(name: str, operation: str) -> None:
    layer = make_layer()
    group = Group(name, channel_layer=layer)
    with pytest.raises(AssertionError, match="^Invalid group name$"):
        OPERATIONS[operation](group, Channel("a", channel_layer=layer))


@pytest.mark.parametrize("operation", ["add", "discard"])
@pytest.mark.parametrize("name", REFUSED_CHANNELS)
def test_a_member_of_a_bad_name_is_refused(name: str, operation: str) -> None:
    layer = make_layer()
    with pytest.raises(AssertionError, match="^Invalid channel name$"):
        OPERATIONS[operation](Group("g", channel_layer=layer), Channel(name, channel_layer=layer))


@pytest.mark.parametrize("operation", ["add", "discard"])
def test_a_member_may_be_a_name_but_not_bytes(operation: str) -> None:
    group = Group("g", channel_layer=make_layer())
    OPERATIONS[operation](group, "a")
    with pytest.raises(AssertionError, match="^Invalid channel name$"):
        OPERATIONS[operation](group, b"a")


@pytest.mark.parametrize("name", [5, None])
def test_what_has_no_length_is_a_type_error_when_it_is_used(name: Any) -> None:
    layer = make_layer()
    channel, group = Channel(name, channel_layer=layer), Group(name, channel_layer=layer)
    for use in (lambda: channel.send({}), lambda: group.send({}), lambda: Group("g", channel_layer=layer).add(channel)):
        with pytest.raises(TypeError, match=r"object of type '\w+' has no len\(\)"):
            use()


@pytest.mark.parametrize("kind", [Channel, Group])
def test_names_as_bytes_are_ascii(kind: Any) -> None:
    assert kind(b"abc", channel_layer=make_layer()).name == "abc"
    with pytest.raises(UnicodeDecodeError):
        kind(b"\xe9", channel_layer=make_layer())


def test_a_channel_as_text_is_its_name() -> None:
    assert str(Channel("abc", channel_layer=make_layer())) == "abc"


@pytest.mark.parametrize("content", [None, "text", b"bytes", 5, [("a", 1)], {"a"}])
def test_only_dicts_are_sent(content: Any) -> None:
    layer = make_layer()
    words = r"^You can only send dicts as content on channels\.$"
    with pytest.raises(TypeError, match=words):
        Channel("a", channel_layer=layer).send(content)
    with pytest.raises(ValueError, match=words):
        Group("a", channel_layer=layer).send(content)
    assert take_all(layer, "a") == []


def test_a_kind_of_dict_is_sent() -> None:
    class Own(dict):  # type: ignore[type-arg]
        pass

    layer = make_layer()
    Channel("a", channel_layer=layer).send(Own(n=1))
    assert take_all(layer, "a") == [{"n": 1}]


def test_in_memory_the_receiver_gets_the_very_dict() -> None:
    layer = make_layer()
    content: Dict[Any, Any] = {"n": object(), (1, 2): {3}}
    Channel("a", channel_layer=layer).send(content)
    Group("g", channel_layer=layer).add("b")
    Group("g", channel_layer=layer).add("c")
    Group("g", channel_layer=layer).send(content)
    for channel in "abc":
        (received,) = take_all(layer, channel)
        assert received is content


def test_messages_wait_in_their_order() -> None:
    layer = make_layer()
    for n in range(5):
        Channel("a", channel_layer=layer).send({"n": n})
    assert [content["n"] for content in take_all(layer, "a")] == list(range(5))


def test_the_sender_hears_of_a_full_channel() -> None:
    layer = make_layer(capacity=2)
    channel = Channel("a", channel_layer=layer)
    channel.send({"n": 1})
    channel.send({"n": 2})
    with pytest.raises(layer.ChannelFull):
        channel.send({"n": 3})
    assert len(take_all(layer, "a")) == 2


def test_a_full_member_of_a_group_misses_the_message_and_the_others_get_it() -> None:
    layer = make_layer(capacity=1)
    group = Group("g", channel_layer=layer)
    Channel("full", channel_layer=layer).send({"n": 0})
    group.add("full")
    group.add("free")
    group.send({"n": 1})
    assert take_all(layer, "full") == [{"n": 0}]
    assert take_all(layer, "free") == [{"n": 1}]


def test_a_member_is_in_a_group_once_and_leaves_it_at_once() -> None:
    layer = make_layer()
    group = Group("g", channel_layer=layer)
    group.add(Channel("a", channel_layer=layer))
    group.add("a")
    group.send({"n": 1})
    assert take_all(layer, "a") == [{"n": 1}]
    group.discard(Channel("a", channel_layer=layer))
    group.send({"n": 2})
    assert take_all(layer, "a") == []


def test_what_is_not_there_is_no_error() -> None:
    group = Group("g", channel_layer=make_layer())
    group.discard("never.added")
    group.send({"n": 1})


def test_groups_of_other_names_hear_nothing() -> None:
    layer = make_layer()
    Group("g", channel_layer=layer).add("a")
    Group("h", channel_layer=layer).send({"n": 1})
    assert take_all(layer, "a") == []


@pytest.mark.parametrize("kind", [Channel, Group])
def test_the_layer_is_the_one_that_is_named(kind: Any) -> None:
    from compat.v0.asgi import channel_layers

    assert kind("a").channel_layer is channel_layers["default"]
    assert kind("a", alias="default").channel_layer is channel_layers["default"]
    own = make_layer()
    assert kind("a", "default", own).channel_layer is own
    with pytest.raises(ValueError, match="^No BACKEND specified for other"):
        kind("a", "other")
