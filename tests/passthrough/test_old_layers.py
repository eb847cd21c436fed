"""The layer classes of asgiref 0.14 and asgi_redis 0.14, made and called directly; the same on both stacks."""

import re
import time
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from support.redis_server import RedisServer, running

import compat

# The Redis clients of both stacks are older than some deprecations of the Pythons that they run on.
pytestmark = [
    pytest.mark.filterwarnings("ignore::%s" % name)
    for name in ("DeprecationWarning", "PendingDeprecationWarning", "ImportWarning")
]

# hosts of asgi_redis, and what they mean.
HOSTS: List[Tuple[Any, Dict[str, Any]]] = [
    (("h", 6), {"host": "h", "port": 6, "db": 0}),
    (["h", 7], {"host": "h", "port": 7, "db": 0}),
    (("h", 6, 9), {"host": "h", "port": 6, "db": 0}),
    ("redis://h", {"host": "h", "port": 6379, "db": 0}),
    ("redis://h:1/3", {"host": "h", "port": 1, "db": 3}),
    ("redis://h/1?db=2", {"host": "h", "port": 6379, "db": 2}),
    ("redis://h/x", {"host": "h", "port": 6379, "db": 0}),
    ("redis:///4", {"host": "localhost", "port": 6379, "db": 4}),
    ("redis://user:p%40ss@h:1/3", {"host": "h", "port": 1, "db": 3, "password": "p%40ss"}),
    ("redis://:p@ss@h/", {"host": "h", "port": 6379, "db": 0, "password": "p@ss"}),
    ("redis://:@h", {"host": "h", "port": 6379, "db": 0}),
    ("redis://h?password=q", {"host": "h", "port": 6379, "db": 0}),
    ("REDIS://Host:7/1", {"host": "host", "port": 7, "db": 1}),
    ("rediss://h?db=4", {"host": "h", "port": 6379, "db": 4, "tls": True}),
    ("tcp://h:5/2", {"host": "h", "port": 5, "db": 2}),
    ("localhost", {"host": "localhost", "port": 6379, "db": 0}),
    ("localhost:6379", {"host": "localhost", "port": 6379, "db": 0}),
    ("unix:///a.sock?db=2", {"path": "/a.sock", "db": 2}),
    ("unix://:pw@/a.sock", {"path": "/a.sock", "db": 0, "password": "pw"}),
]


@pytest.mark.skipif(compat.stack() != compat.OLD, reason="the old stack is the judge")
@pytest.mark.parametrize("number", range(len(HOSTS)))
def test_hosts(number: int) -> None:
    from asgi_redis import RedisChannelLayer

    entry, expected = HOSTS[number]
    pool = RedisChannelLayer(hosts=[entry]).connection(0).connection_pool
    found = {key: pool.connection_kwargs.get(key) for key in ("path", "host", "port", "db", "password")}
    if not found["path"]:
        found["host"] = found["host"] or "localhost"
    found["tls"] = pool.connection_class.__name__ == "SSLConnection" or None
    assert {key: value for key, value in found.items() if value not in (None, "")} == expected


# --- calls ---


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: Any) -> Iterator[RedisServer]:
    if compat.stack() != compat.OLD:
        pytest.importorskip("channels_redis")
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis", "derived", "encrypted", "own prefix"])
def make_layer(request: Any) -> Any:
    def make_in_memory(**options: Any) -> Any:
        from asgiref.inmemory import ChannelLayer

        return ChannelLayer(**options)

    def make(**options: Any) -> Any:
        from asgi_redis import RedisChannelLayer

        port = request.getfixturevalue("redis_server").port
        if request.param == "derived":

            class Derived(RedisChannelLayer):
                def send(self, channel: Any, message: Any) -> None:
                    super().send(channel and "derived." + channel, message)

                def receive_many(self, channels: Any, block: bool = False) -> Any:
                    name, message = super().receive_many(
                        [channel and "derived." + channel for channel in channels], block
                    )
                    return (name and name[8:]), message

            layer = Derived(hosts=[["localhost", port]], **options)
        elif request.param == "encrypted":
            keys = ["secret", b"old secret"]
            layer = RedisChannelLayer(
                hosts=["redis://localhost:%d/1" % port], symmetric_encryption_keys=keys, **options
            )
        else:
            prefix = "mine." if request.param == "own prefix" else "asgi:"
            layer = RedisChannelLayer(options.pop("expiry", 60), [("localhost", port)], prefix, **options)
        layer.flush()
        return layer

    if request.param == "encrypted":
        pytest.importorskip("cryptography")
    return make_in_memory if request.param == "memory" else make


def take_all(layer: Any, *channels: str) -> List[Any]:
    found = []
    while True:
        name, content = layer.receive_many(list(channels))
        if name is None:
            assert content is None
            return found
        found.append((name, content))


def test_messages(make_layer: Any) -> None:
    layer = make_layer()
    for number in range(3):
        layer.send("a", {"n": number, "text": "é", "bytes": b"\xff", "none": None, "deep": {"l": [1, 2.5, True]}})
    layer.send("b", {})
    found = take_all(layer, "a", "b", "c")
    assert [content["n"] for name, content in found if name == "a"] == [0, 1, 2]
    assert found[0][1] == {} or found[0][1]["bytes"] == b"\xff"
    assert ("b", {}) in found
    assert take_all(layer, "a", "b") == []
    assert layer.receive_many([]) == (None, None)


def test_waiting_for_what_is_there(make_layer: Any) -> None:
    layer = make_layer()
    layer.send("b", {"n": 1})
    assert layer.receive_many(["a", "b"], block=True) == ("b", {"n": 1})
    assert layer.receive_many(channels=["a"], block=False) == (None, None)


@pytest.mark.parametrize("pattern", ["http.response!", "http.response?"])
def test_new_channels(make_layer: Any, pattern: str) -> None:
    layer = make_layer()
    first, second = layer.new_channel(pattern), layer.new_channel(pattern)
    assert first.startswith(pattern)
    assert second.startswith(pattern)
    assert first != second
    layer.send(second, {"n": 2})
    layer.send(first, {"n": 1})
    assert take_all(layer, first) == [(first, {"n": 1})]
    assert take_all(layer, second) == [(second, {"n": 2})]
    with pytest.raises(AssertionError):
        layer.new_channel("plain")


def test_groups(make_layer: Any) -> None:
    layer = make_layer(capacity=2)
    for name in ("a", "b", "c", "b"):
        layer.group_add("g", name)
    layer.group_discard("g", "c")
    layer.group_discard("g", "never")
    assert sorted(layer.group_channels("g")) == ["a", "b"]
    assert list(layer.group_channels("empty")) == []
    for number in range(3):
        layer.send_group("g", {"n": number})
    layer.send_group("empty", {})
    assert [content["n"] for _, content in take_all(layer, "a")] == [0, 1]
    assert [content["n"] for _, content in take_all(layer, "b")] == [0, 1]
    assert take_all(layer, "c") == []


@pytest.mark.parametrize("make_layer", ["memory", "redis"], indirect=True)
def test_what_expires(make_layer: Any) -> None:
    """By the real clock: it is what this is about."""
    layer = make_layer(expiry=1, group_expiry=1)
    layer.send("a", {"n": 1})
    layer.group_add("g", "b")
    time.sleep(2.2)
    assert layer.receive_many(["a"]) == (None, None)
    layer.send_group("g", {"n": 2})
    assert list(layer.group_channels("g")) == []
    assert layer.receive_many(["b"]) == (None, None)
    layer.send("a", {"n": 3})
    assert layer.receive_many(["a"]) == ("a", {"n": 3})


def test_capacity(make_layer: Any) -> None:
    layer = make_layer(capacity=2)
    layer.send("a", {})
    layer.send("a", {})
    with pytest.raises(layer.ChannelFull):
        layer.send("a", {})
    layer.receive_many(["a"])
    layer.send("a", {})
    layer.send("b", {})


@pytest.mark.parametrize("make_layer", ["redis", "encrypted"], indirect=True)
def test_capacity_of_channels(make_layer: Any) -> None:
    layer = make_layer(capacity=3, channel_capacity={"mail.*": 1, re.compile(r"^list\.\d$"): 2})
    for name, room in (("mail.a", 1), ("list.1", 2), ("list.12", 3), ("other", 3)):
        assert layer.get_capacity(name) == room
        for _ in range(room):
            layer.send(name, {})
        with pytest.raises(layer.ChannelFull):
            layer.send(name, {})


@pytest.mark.parametrize("name", ["a b", "", "é", "a!b!c", "x" * 101])
def test_names(make_layer: Any, name: str) -> None:
    layer = make_layer()
    assert not layer.valid_channel_name(name)
    assert not layer.valid_group_name(name)
    for call in (
        lambda: layer.send(name, {}),
        lambda: layer.receive_many(["a", name]),
        lambda: layer.group_add(name, "a"),
        lambda: layer.group_add("g", name),
        lambda: layer.group_discard("g", name),
        lambda: layer.send_group(name, {}),
    ):
        with pytest.raises(AssertionError):
            call()


@pytest.mark.parametrize("message", [None, "text", [("a", 1)]])
def test_a_message_is_a_dict(make_layer: Any, message: Any) -> None:
    with pytest.raises(AssertionError):
        make_layer().send("a", message)


def test_flush(make_layer: Any) -> None:
    layer = make_layer()
    layer.send("a", {})
    layer.group_add("g", "a")
    layer.flush()
    assert take_all(layer, "a") == []
    assert list(layer.group_channels("g")) == []


def test_what_a_layer_tells_of_itself(make_layer: Any) -> None:
    layer = make_layer(expiry=7, group_expiry=8, capacity=9)
    assert (layer.expiry, layer.group_expiry, layer.capacity) == (7, 8, 9)
    assert {"groups", "flush"} <= set(layer.extensions)
    assert issubclass(layer.ChannelFull, Exception)
    assert issubclass(layer.MessageTooLarge, Exception)
    assert layer.valid_channel_name("http.response!abc")
    assert layer.valid_group_name("a-b_c.9")


def test_old_defaults() -> None:
    from asgiref.base_layer import BaseChannelLayer
    from asgiref.inmemory import ChannelLayer, channel_layer

    found = [(layer.capacity, layer.expiry, layer.group_expiry) for layer in (BaseChannelLayer(), ChannelLayer())]
    assert found == [(100, 60, 86400), (10, 60, 86400)]
    assert isinstance(channel_layer, ChannelLayer)
    assert isinstance(channel_layer, BaseChannelLayer)


@pytest.mark.parametrize("class_name", ["RedisChannelLayer", "RedisLocalChannelLayer"])
def test_keys_for_encryption_must_be_a_list(class_name: str) -> None:
    if compat.stack() == compat.OLD:
        pytest.importorskip("asgi_ipc" if "Local" in class_name else "asgi_redis")
    else:
        pytest.importorskip("channels_redis")
    import asgi_redis

    # The local one says first, on the new stack, that it is no more local.
    with pytest.raises((ValueError, UserWarning)) as caught:
        getattr(asgi_redis, class_name)(symmetric_encryption_keys="secret")
    assert caught.type is UserWarning or "must be a list of possible keys" in str(caught.value)


# --- a layer of one's own ---


def test_a_layer_of_one_s_own() -> None:
    from asgiref.base_layer import BaseChannelLayer

    class Mine(BaseChannelLayer):
        extensions = ["flush"]

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.sent: List[Any] = []

        def send(self, channel: Any, message: Any) -> None:
            assert self.valid_channel_name(channel)
            if len(self.sent) >= self.get_capacity(channel):
                raise self.ChannelFull(channel)
            self.sent.append((channel, message))

    layer = Mine(capacity=3, channel_capacity={"few.*": 1, re.compile("^few"): 2})
    assert [layer.get_capacity(name) for name in ("few.a", "fewer", "many")] == [1, 2, 3]
    layer.send("few.a", {})
    with pytest.raises(Mine.ChannelFull):
        layer.send("few.a", {})
    assert Mine.extensions == ["flush"]
    assert BaseChannelLayer.extensions == []
    for call in (
        lambda: layer.receive_many(["a"]),
        lambda: layer.new_channel("a!"),
        lambda: layer.group_add("g", "a"),
        lambda: layer.group_discard("g", "a"),
        lambda: layer.send_group("g", {}),
        layer.flush,
    ):
        with pytest.raises(NotImplementedError):
            call()
