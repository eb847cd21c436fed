"""CHANNEL_LAYERS of 0.17 translated; our options."""

from __future__ import annotations

import re
from typing import Any, Callable

import pytest
from django.core.exceptions import ImproperlyConfigured

from compat.v2 import settings, versions
from compat.v2.layers import SynchronousLayer
from compat.v2.memory import InMemoryChannelLayer
from compat.v2.redis_hosts import Host
from compat.v2.settings import Options

Configure = Callable[..., None]

MEMORY = "compat.v2.memory.InMemoryChannelLayer"
REDIS = "channels_redis.core.RedisChannelLayer"
UNLIMITED_REPLIES = {"specific.*": 100_000}
HOST = versions.redis_host(Host())

application = object()
layer = SynchronousLayer(InMemoryChannelLayer())

TRANSLATED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "in memory": (
        {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": "p.routing"},
        {"BACKEND": MEMORY, "CONFIG": {"capacity": 10}},
    ),
    "in memory, with options": (
        {
            "BACKEND": "asgiref.inmemory.ChannelLayer",
            "CONFIG": {"capacity": 7, "expiry": 1, "group_expiry": 2, "channel_capacity": {"a": 3}},
        },
        {
            "BACKEND": MEMORY,
            "CONFIG": {"capacity": 7, "expiry": 1, "group_expiry": 2, "channel_capacity": {"a": 3}},
        },
    ),
    "in memory, an empty CONFIG": (
        {"BACKEND": "asgiref.inmemory.ChannelLayer", "CONFIG": None},
        {"BACKEND": MEMORY, "CONFIG": {"capacity": 10}},
    ),
    "in memory of today": (
        {"BACKEND": "channels.layers.InMemoryChannelLayer", "ROUTING": "p.routing"},
        {"BACKEND": MEMORY, "CONFIG": {}},
    ),
    "redis, by its module": (
        {"BACKEND": "asgi_redis.core.RedisChannelLayer"},
        {"BACKEND": REDIS, "CONFIG": {"channel_capacity": UNLIMITED_REPLIES}},
    ),
    "redis, no hosts": (
        {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": None, "channel_capacity": None}},
        {"BACKEND": REDIS, "CONFIG": {"hosts": None, "channel_capacity": UNLIMITED_REPLIES}},
    ),
    "redis": (
        {
            "BACKEND": "asgi_redis.RedisChannelLayer",
            "CONFIG": {"hosts": [("localhost", 6379)], "prefix": "p", "symmetric_encryption_keys": ["k"], "expiry": 9},
            "ROUTING": "p.routing",
        },
        {
            "BACKEND": REDIS,
            "CONFIG": {
                "hosts": [HOST],
                "prefix": "p",
                "symmetric_encryption_keys": ["k"],
                "expiry": 9,
                "channel_capacity": UNLIMITED_REPLIES,
            },
        },
    ),
    "redis, with channel_capacity": (
        {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"channel_capacity": {"http.*": 5}}},
        {"BACKEND": REDIS, "CONFIG": {"channel_capacity": {"http.*": 5, **UNLIMITED_REPLIES}}},
    ),
    "redis, options that are no more": (
        {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"stats_prefix": "s", "connection_kwargs": {}}},
        {"BACKEND": REDIS, "CONFIG": {"channel_capacity": UNLIMITED_REPLIES}},
    ),
    "redis, for tests": (
        {
            "BACKEND": "asgi_redis.RedisChannelLayer",
            "CONFIG": {"prefix": "p"},
            "TEST_CONFIG": {"prefix": "t", "stats_prefix": "s"},
        },
        {
            "BACKEND": REDIS,
            "CONFIG": {"prefix": "p", "channel_capacity": UNLIMITED_REPLIES},
            "TEST_CONFIG": {"prefix": "t", "channel_capacity": UNLIMITED_REPLIES},
        },
    ),
    "redis, of one process": (
        {"BACKEND": "asgi_redis.RedisLocalChannelLayer", "CONFIG": {"hosts": ["redis://localhost"]}},
        {"BACKEND": REDIS, "CONFIG": {"hosts": [HOST], "channel_capacity": UNLIMITED_REPLIES}},
    ),
    "redis, of one process, by its module": (
        {"BACKEND": "asgi_redis.local.RedisLocalChannelLayer"},
        {"BACKEND": REDIS, "CONFIG": {"channel_capacity": UNLIMITED_REPLIES}},
    ),
    "ipc": (
        {"BACKEND": "asgi_ipc.IPCChannelLayer", "CONFIG": {"prefix": "p", "channel_memory": 100, "expiry": 5}},
        {"BACKEND": MEMORY, "CONFIG": {"capacity": 10, "expiry": 5}},
    ),
    "ipc, by its module": (
        {"BACKEND": "asgi_ipc.core.IPCChannelLayer"},
        {"BACKEND": MEMORY, "CONFIG": {"capacity": 10}},
    ),
    "redis of today": (
        {"BACKEND": REDIS, "CONFIG": {"hosts": ["h"], "anything": 1}, "ROUTING": "p.routing"},
        {"BACKEND": REDIS, "CONFIG": {"hosts": ["h"], "anything": 1}},
    ),
    "somebody else's": (
        {"BACKEND": "theirs.Layer", "CONFIG": {"a": 1}, "ROUTING": "p.routing"},
        {"BACKEND": "theirs.Layer", "CONFIG": {"a": 1}},
    ),
    "no backend": ({"ROUTING": "p.routing"}, {}),
}


SENTINELS = {"asgi_redis.RedisSentinelChannelLayer", "asgi_redis.sentinel.RedisSentinelChannelLayer"}


@pytest.mark.parametrize("case", sorted(TRANSLATED))
def test_a_layer_is_translated(configured: Configure, case: str) -> None:
    old, new = TRANSLATED[case]
    before = repr(old)
    configured(CHANNEL_LAYERS={"default": old, "other": {"BACKEND": "x"}})
    assert settings.native_layers() == {"default": new, "other": {"BACKEND": "x"}}
    assert repr(old) == before


WRONG_LAYERS: dict[str, tuple[Any, str]] = {
    "no dict": (["default"], "CHANNEL_LAYERS must be a dict of layers, not ['default']."),
    "a layer that is none": ({"default": "memory"}, "CHANNEL_LAYERS['default'] must be a dict, not 'memory'."),
    "a class": (
        {"default": {"BACKEND": dict}},
        "CHANNEL_LAYERS['default']['BACKEND'] must be the dotted name of a class, not <class 'dict'>.",
    ),
    "options in a list": (
        {"default": {"CONFIG": ["hosts"]}},
        "CHANNEL_LAYERS['default']['CONFIG'] must be a dict of options, not ['hosts'].",
    ),
    "a host that is none": (
        {"default": {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": [5]}}},
        "CHANNEL_LAYERS['default'] has an option whose value cannot be read: 'int' object is not subscriptable.",
    ),
}


@pytest.mark.parametrize("case", sorted(WRONG_LAYERS))
def test_layers_of_a_wrong_form_are_refused(configured: Configure, case: str) -> None:
    layers, words = WRONG_LAYERS[case]
    configured(CHANNEL_LAYERS=layers)
    with pytest.raises(ImproperlyConfigured) as caught:
        settings.native_layers()
    assert str(caught.value) == f"{words} See migration_guide/errors.md#layers-form"


def test_every_backend_is_in_the_table() -> None:
    old = {each[0].get("BACKEND") for each in TRANSLATED.values()}
    assert set(settings.BACKENDS) <= old | SENTINELS  # which channels_redis 2 does not know


# --- the routing ---

BACKEND = {"BACKEND": "asgiref.inmemory.ChannelLayer"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"CHANNEL_LAYERS": {"default": BACKEND}}, {"default": BACKEND}),
        (
            {"CHANNEL_LAYERS": {"default": BACKEND}, "CHANNEL_ROUTING": "p.routing"},
            {"default": {**BACKEND, "ROUTING": "p.routing"}},
        ),
        (
            {"CHANNEL_LAYERS": {"default": {**BACKEND, "ROUTING": "mine"}}, "CHANNEL_ROUTING": "p.routing"},
            {"default": {**BACKEND, "ROUTING": "mine"}},
        ),
        (
            {"CHANNEL_LAYERS": {"default": BACKEND, "other": BACKEND}, "CHANNEL_ROUTING": {"a": "b.c"}},
            {"default": {**BACKEND, "ROUTING": {"a": "b.c"}}, "other": BACKEND},
        ),
        ({"CHANNEL_LAYERS": {"other": BACKEND}, "CHANNEL_ROUTING": "p.routing"}, {"other": BACKEND}),
        ({"CHANNEL_LAYERS": {}, "CHANNEL_ROUTING": "p.routing"}, {}),
        ({"CHANNEL_LAYERS": {"default": BACKEND}, "CHANNEL_ROUTING": None}, {"default": BACKEND}),
    ],
)
def test_channel_routing_stands_in_for_the_default_layer_s(configured: Configure, given: Any, found: Any) -> None:
    configured(**given)
    assert settings.legacy_layers() == found


# --- what is lost ---


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"BACKEND": "asgiref.inmemory.ChannelLayer", "CONFIG": {"capacity": 5}}, []),
        ({"BACKEND": "theirs.Layer", "CONFIG": {"anything": 1}}, []),
        ({"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"hosts": []}}, []),
        (
            {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"stats_prefix": "s", "connection_kwargs": {}}},
            [f"{REDIS} has no option 'connection_kwargs', 'stats_prefix'; ignored."],
        ),
        (
            {"BACKEND": "asgi_ipc.IPCChannelLayer", "CONFIG": {"prefix": "p"}},
            ["asgi_ipc has no successor", f"{MEMORY} has no option 'prefix'; ignored."],
        ),
        ({"BACKEND": "asgi_redis.RedisLocalChannelLayer"}, ["RedisLocalChannelLayer kept the messages of ordinary"]),
        (
            {
                "BACKEND": "asgi_redis.RedisChannelLayer",
                "CONFIG": {
                    "channel_capacity": {
                        "http.response!*": 1,
                        "*": 2,
                        re.compile(r"^websocket.send\!.+"): 3,
                        "mail": 4,
                        re.compile(".+"): 5,
                        "http.request": 6,
                    }
                },
            },
            [r"channel_capacity of 'http.response!*', '^websocket.send\\!.+', 'http.request' counts only for"],
        ),
    ],
)
def test_what_has_no_counterpart_is_named(configured: Configure, layer: Any, words: list[str]) -> None:
    configured(CHANNEL_LAYERS={"chat": layer})
    found = settings.losses()
    assert len(found) == len(words)
    for sentence, expected in zip(found, words):
        assert sentence.startswith("CHANNEL_LAYERS['chat']: " + expected)
        assert sentence.endswith("See migration_guide/errors.md#layer-options")


@pytest.mark.parametrize("backend", sorted(SENTINELS))
def test_the_sentinel_layer_of_asgi_redis_1(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setattr(versions, "redis_major", lambda: 4)
    config = {"hosts": [("h", 1)], "services": ["m"], "prefix": "p", "sentinel_refresh_interval": 5}
    configured(CHANNEL_LAYERS={"default": {"BACKEND": backend, "CONFIG": config}})
    hosts = [{"sentinels": [("h", 1)], "master_name": "m"}]
    expected = {"hosts": hosts, "prefix": "p", "channel_capacity": UNLIMITED_REPLIES}
    assert settings.native_layers() == {"default": {"BACKEND": REDIS, "CONFIG": expected}}
    (loss,) = settings.losses()
    assert "has no option 'sentinel_refresh_interval'; ignored." in loss


def test_a_pattern_that_fits_all_does_not_limit_the_replies_of_a_process(configured: Configure) -> None:
    configured(
        CHANNEL_LAYERS={
            "default": {"BACKEND": "asgi_redis.RedisChannelLayer", "CONFIG": {"channel_capacity": {"*": 5}}}
        }
    )
    assert list(settings.native_layers()["default"]["CONFIG"]["channel_capacity"]) == ["specific.*", "*"]


# --- our options ---


def test_without_a_setting_options_have_their_defaults(configured: Configure) -> None:
    configured(CHANNELS_COMPAT={})
    assert settings.options() == Options()
    assert settings.options()[:5] == (16, 8, 100, 5000, 5.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("THREADS", 1),
        ("WORKER_THREADS", 99),
        ("INBOX", 1),
        ("OUTBOX", 10**6),
        ("SHUTDOWN_TIMEOUT", 0.5),
        ("SHUTDOWN_TIMEOUT", 7),
        ("SHUTDOWN_TIMEOUT", 0),
        ("WORKER_CHANNELS", ["websocket.*", "mail"]),
        ("WORKER_CHANNELS", ()),
        ("ALLOWED_ORIGINS", True),
        ("ALLOWED_ORIGINS", ["https://example.com"]),
        ("METRICS_INTERVAL", 0.5),
        ("METRICS_PATH", ""),
        ("METRICS_PATH", "/metrics"),
        ("METRICS_ADDRESS", "[::1]:9100"),
    ],
)
def test_an_option_is_set(configured: Configure, key: str, value: Any) -> None:
    configured(CHANNELS_COMPAT={key: value})
    assert settings.options() == Options()._replace(**{key.lower(): value})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("THREADS", 1)], "CHANNELS_COMPAT must be a dict, not [('THREADS', 1)]."),
        ({"NO_SUCH": 1}, "CHANNELS_COMPAT has no option 'NO_SUCH'; there are "),
        ({"threads": 1}, "CHANNELS_COMPAT has no option 'threads'; there are "),
        ({"THREADS": 0}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not 0."),
        ({"THREADS": -1}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not -1."),
        ({"THREADS": 1.5}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not 1.5."),
        ({"THREADS": "4"}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not '4'."),
        ({"THREADS": True}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not True."),
        ({"THREADS": None}, "CHANNELS_COMPAT['THREADS'] must be a positive number, not None."),
        ({"WORKER_CHANNELS": "*"}, "CHANNELS_COMPAT['WORKER_CHANNELS'] must be a list of channel names, not '*'."),
        ({"WORKER_CHANNELS": [1]}, "CHANNELS_COMPAT['WORKER_CHANNELS'] must be a list of channel names, not [1]."),
        ({"ALLOWED_ORIGINS": "*"}, "CHANNELS_COMPAT['ALLOWED_ORIGINS'] must be True, or a list of origins like "),
        ({"SHUTDOWN_TIMEOUT": -0.1}, "CHANNELS_COMPAT['SHUTDOWN_TIMEOUT'] must be a positive number, not -0.1."),
        ({"METRICS_INTERVAL": -1}, "CHANNELS_COMPAT['METRICS_INTERVAL'] must be a positive number, not -1."),
        ({"METRICS_PATH": "metrics"}, "CHANNELS_COMPAT['METRICS_PATH'] must be a path like '/metrics', not 'metrics'."),
        ({"METRICS_ADDRESS": 9100}, "CHANNELS_COMPAT['METRICS_ADDRESS'] must be an address like '127.0.0.1:9100', not"),
        ({"METRICS_ADDRESS": "host"}, "CHANNELS_COMPAT['METRICS_ADDRESS'] must be an address like "),
        ({"SHUTDOWN_TIMEOUT": False}, "CHANNELS_COMPAT['SHUTDOWN_TIMEOUT'] must be a positive number, not False."),
    ],
)
def test_a_wrong_option_is_refused(configured: Configure, given: Any, words: str) -> None:
    configured(CHANNELS_COMPAT=given)
    with pytest.raises(ImproperlyConfigured) as caught:
        settings.options()
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith("See migration_guide/errors.md#options")


@pytest.mark.parametrize(("key", "value"), [("METRICS_PATH", "/metrics"), ("METRICS_ADDRESS", "h:1")])
def test_metrics_for_prometheus_need_its_package(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    configured(CHANNELS_COMPAT={key: value})
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'channels-compat\[metrics\]'\. .*#metrics$"):
        settings.options()


def test_every_option_is_documented() -> None:
    for name in Options._fields:
        assert f"``{name.upper()}``" in (settings.__doc__ or "")


# --- the project's own application ---


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def load(path: str) -> Any:
        monkeypatch.setattr(settings, "_native_application_path", path)
        return settings.native_application()

    return load


def test_the_project_s_own_application_is_imported(native: Callable[[str], Any]) -> None:
    assert native(f"{__name__}.application") is application


@pytest.mark.parametrize("path", ["", f"{__name__}.layer"])
def test_no_application_and_a_layer_of_ours_are_nothing_to_fall_through_to(
    native: Callable[[str], Any], path: str
) -> None:
    assert native(path) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [("no_such_module.app", "No module named 'no_such_module'"), (f"{__name__}.none", "does not define"), ("x", "x")],
)
def test_an_application_that_cannot_be_imported_is_named(native: Callable[[str], Any], path: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        native(path)
    assert str(caught.value).startswith(f"Cannot import your ASGI_APPLICATION '{path}': ")
    assert reason in str(caught.value)
    assert str(caught.value).endswith("See migration_guide/errors.md#asgi-application")


@pytest.mark.parametrize(
    ("given", "kept"), [(None, ""), ("theirs.app", "theirs.app"), ("", "")], ids=["not set", "set", "empty"]
)
def test_ours_comes_first_and_theirs_is_kept(
    configured: Configure, monkeypatch: pytest.MonkeyPatch, given: Any, kept: str
) -> None:
    from django.conf import settings as django_settings

    monkeypatch.setattr(settings, "_native_application_path", "")
    configured(ASGI_APPLICATION=given)
    settings.serve_first("ours.app")
    assert django_settings.ASGI_APPLICATION == "ours.app"
    assert settings._native_application_path == kept
    settings.serve_first("ours.app")
    assert settings._native_application_path == kept
