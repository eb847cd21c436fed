"""``asgi_redis``, ``asgi_ipc`` and the layers of ``asgiref``, imported by their old names and named as BACKEND."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Callable

import pytest
from channels.exceptions import InvalidChannelLayerError
from channels.layers import channel_layers as native_layers
from support.processes import Project
from support.waiting import run

import compat.v0.asgi
from compat.dropin.names import LAYER_MODULES
from compat.v0 import Channel, Group, layers
from compat.v2 import settings, versions
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer

Configure = Callable[..., None]

# aioredis 1 is older than some deprecations of the Pythons that it runs on.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Derived(layers.ChannelLayer):
    """A project's own class, in a module whose name does not say where its messages are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: list[str] = []

    def send(self, channel: str, message: Any) -> None:
        self.sent.append(channel)
        super().send(channel, message)


class OwnStore(layers.BaseChannelLayer):
    pass


# --- the modules ---


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in LAYER_MODULES.items() for n in names])
def test_old_names_are_imported(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is getattr(layers, name)
    assert name in dir(importlib.import_module(module))


@pytest.mark.parametrize("module", sorted(LAYER_MODULES))
def test_a_name_that_there_never_was_is_missing(module: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nothing'"):
        getattr(importlib.import_module(module), "nothing")  # noqa: B009
    with pytest.raises(ImportError):
        importlib.import_module(module + ".nothing")


@pytest.mark.parametrize("module", sorted(LAYER_MODULES))
def test_a_module_can_be_looked_for(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


LIFE = """
import json, sys
import asgiref
import compat
from channels.layers import ChannelLayerManager
from compat.dropin.names import LAYER_MODULES

def state():
    return (sorted(set(LAYER_MODULES) & set(sys.modules)), sorted(set(vars(asgiref)) & {"inmemory", "base_layer"}),
            ChannelLayerManager._make_backend, sys.path[:], sys.meta_path[:])
before = state()
found = []
for _ in range(2):
    compat.install()
    installed = state()
    compat.install()
    found.append(state() == installed and installed[0] == sorted(LAYER_MODULES))
    found.append("compat.v0.layers" not in sys.modules)
    import asgiref.inmemory, asgi_redis.core
    found.append(asgi_redis.core is sys.modules["asgi_redis.core"])
    compat.uninstall()
    found.append(state() == before)
print(json.dumps(found))
"""


def test_modules_come_and_go_with_the_rest_and_cost_nothing_before_they_are_used(tmp_path: Path) -> None:
    assert Project(tmp_path, {}).execute(LIFE).json() == [True] * 8


def test_an_old_asgi_redis_that_is_still_installed_is_hidden(tmp_path: Path) -> None:
    code = """
    import json, compat
    compat.install()
    from asgi_redis import RedisChannelLayer
    from asgi_redis.core import RedisChannelLayer as again
    import asgi_redis.local
    print(json.dumps([RedisChannelLayer.__module__, RedisChannelLayer is again]))
    """
    project = Project(tmp_path, {"asgi_redis/__init__.py": "import msgpack_of_2016", "asgi_redis/core.py": ""})
    assert project.execute(code).json() == ["compat.v0.layers", True]


def test_one_that_was_imported_before_stays(tmp_path: Path) -> None:
    code = """
    import json, sys, compat, asgi_ipc
    mine = asgi_ipc
    compat.install()
    import asgi_ipc
    same = asgi_ipc is mine
    compat.uninstall()
    print(json.dumps([same, sys.modules["asgi_ipc"] is mine]))
    """
    assert Project(tmp_path, {"asgi_ipc.py": ""}).execute(code).json() == [True, True]


# --- as a BACKEND ---


def configure_backend(configured: Configure, path: str, **config: Any) -> None:
    configured(CHANNEL_LAYERS={"default": {"BACKEND": path, "CONFIG": config, "ROUTING": []}})


def test_a_derived_class_is_the_layer(configured: Configure) -> None:
    configure_backend(configured, f"{__name__}.Derived", capacity=3)
    wrapper = compat.v0.asgi.channel_layers["default"]
    layer = wrapper.channel_layer
    assert type(layer) is Derived
    assert compat.v0.asgi.get_channel_layer() is layer
    assert layer.capacity == 3
    Group("g").add(Channel("b"))
    Channel("a").send({"n": 1})
    Group("g").send({"n": 2})
    assert layer.sent == ["a", "b"]
    assert layer.receive_many(["a"]) == ("a", {"n": 1})
    assert layer.receive_many(["b"]) == ("b", {"n": 2})


def test_native_code_gets_the_other_side_of_it(configured: Configure) -> None:
    configure_backend(configured, f"{__name__}.Derived")
    native = native_layers["default"]
    assert isinstance(native, InMemoryChannelLayer)
    Channel("a").send({"n": 1})

    async def receive() -> Any:
        return (await native.receive("a"))["n"]

    assert run(receive()) == 1


def test_a_derived_class_has_the_routes_of_its_layer(configured: Configure) -> None:
    configure_backend(configured, f"{__name__}.Derived")
    assert callable(compat.v0.asgi.get_channel_layer().application)


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("asgiref.inmemory.ChannelLayer", True),
        ("channels.layers.InMemoryChannelLayer", True),
        ("compat.v0.layers.ChannelLayer", True),
        ("asgi_ipc.IPCChannelLayer", True),
        (f"{__name__}.Derived", False),
        ("asgi_redis.RedisChannelLayer", False),
    ],
)
def test_what_reaches_this_process_only(configured: Configure, path: str, local: bool) -> None:
    if "redis" in path:
        pytest.importorskip("channels_redis")
    configure_backend(configured, path)
    assert compat.v0.asgi.channel_layers["default"].local_only() is local


def test_a_layer_with_a_store_of_its_own_is_refused(configured: Configure) -> None:
    configure_backend(configured, f"{__name__}.OwnStore")
    with pytest.raises(InvalidChannelLayerError) as caught:
        compat.v0.asgi.channel_layers["default"]
    assert str(caught.value).startswith(
        f"{__name__}.OwnStore is a channel layer of channels 0.17 with a store of its own"
    )
    assert str(caught.value).endswith("See migration_guide/errors.md#own-layer")


@pytest.mark.parametrize("path", ["asgi_redis.RedisChannelLayer", settings.REDIS_LAYER])
def test_without_channels_redis_the_error_says_what_to_install(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: 0)
    configure_backend(configured, path)
    with pytest.raises(InvalidChannelLayerError, match=r"pip install 'channels-compat\[redis.?\]'"):
        compat.v0.asgi.channel_layers["default"]


def test_a_layer_with_options_that_are_lost_works(configured: Configure) -> None:
    configure_backend(configured, "asgi_ipc.IPCChannelLayer", prefix="p", channel_memory=1)
    Channel("a").send({"n": 1})
    assert compat.v0.asgi.channel_layers["default"].receive(["a"]) == ("a", {"n": 1})


# --- made directly ---


def test_without_channels_redis_there_is_no_redis_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: 0)
    with pytest.raises(ImportError, match=r"pip install 'channels-compat\[redis.?\]'"):
        layers.RedisChannelLayer()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.RedisChannelLayer(stats_prefix="s"), "has no option 'stats_prefix'; ignored."),
        (lambda: layers.RedisChannelLayer(channel_capacity={"websocket.send!*": 1}), "channel_capacity of"),
        (lambda: layers.RedisLocalChannelLayer(7, "p", hosts=["redis://h"]), "RedisLocalChannelLayer kept"),
        (layers.IPCChannelLayer, "asgi_ipc has no successor"),
    ],
)
def test_what_has_no_counterpart_is_named(make: Callable[[], Any], words: str) -> None:
    pytest.importorskip("channels_redis")
    with pytest.warns(UserWarning, match=words) as caught:
        layer = make()
    assert str(caught[0].message).endswith("See migration_guide/errors.md#layer-options")
    assert isinstance(layer, SynchronousLayer)
    assert isinstance(layer, layers.BaseChannelLayer)


@pytest.mark.parametrize(
    ("options", "named"), [({}, []), ({"prefix": "p", "group_memory": 1}, ["'group_memory', 'prefix'"])]
)
def test_every_lost_option_of_ipc_is_named(options: Any, named: list[str]) -> None:
    with pytest.warns(UserWarning, match="errors.md#layer-options") as caught:
        layer = layers.IPCChannelLayer(expiry=3, **options)
    _, *others = [str(each.message) for each in caught]
    assert len(others) == len(named)
    assert all(words in sentence for words, sentence in zip(named, others))
    assert (layer.expiry, layer.capacity) == (3, 10)


def test_the_order_of_arguments_is_the_old_one() -> None:
    pytest.importorskip("channels_redis")
    layer = layers.RedisChannelLayer(1, ["redis://h:7/3"], "p", 2, 3, {"a": 4}, None)
    assert (layer.expiry, layer.prefix, layer.group_expiry, layer.capacity) == (1, "p", 2, 3)
    assert layer.get_capacity("a") == 4
    assert layer.hosts == [versions.redis_host(settings.redis_hosts.parse("redis://h:7/3"))]
    with pytest.warns(UserWarning, match="RedisLocalChannelLayer"):
        layer = layers.RedisLocalChannelLayer(1, "p", 2, 3, {"a": 4}, hosts=[("h", 7)])
    assert (layer.expiry, layer.prefix, layer.group_expiry, layer.capacity) == (1, "p", 2, 3)


def test_encryption_without_cryptography_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("channels_redis")
    code = """
    import json, sys
    sys.modules.update({"cryptography": None, "cryptography.fernet": None})
    import compat
    compat.install()
    from asgi_redis import RedisChannelLayer
    RedisChannelLayer()
    try:
        RedisChannelLayer(symmetric_encryption_keys=["k"])
    except ValueError as error:
        print(json.dumps(str(error)))
    """
    assert "'cryptography' installed" in Project(tmp_path, {}).execute(code).json()
