"""Whatever stands in the settings: it is refused and says why, or it works; the system check tells either."""

from __future__ import annotations

from typing import Any, Callable

from channels.layers import channel_layers as native_layers
from django.core.checks import Error
from django.test.utils import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from compat.checks import check_origins, check_settings
from compat.v0.asgi import channel_layers
from compat.v2 import settings as compat_settings

from .anything import anything, bent, clearly, few, mostly

REDIS, MEMORY = "asgi_redis.RedisChannelLayer", "asgiref.inmemory.ChannelLayer"
hosts = st.lists(st.sampled_from(["redis://localhost", ("localhost", 6379), "localhost:6379", "//[", 5]), max_size=2)
config = bent({
    "hosts": mostly(hosts), "prefix": st.just("x"), "expiry": st.just(9), "capacity": st.integers(1, 9),
    "channel_capacity": st.dictionaries(st.sampled_from(["mail*", "http.*", "(", 5]), st.integers(1, 9)),
    "symmetric_encryption_keys": st.just([]),
})  # fmt: skip
layer = bent({
    "BACKEND": st.sampled_from([REDIS, MEMORY, *sorted(compat_settings.BACKENDS), "no.such", "", "os.path"]),
    "ROUTING": mostly(st.just([])), "CONFIG": st.just({}) | config, "TEST_CONFIG": st.just({}) | config,
})  # fmt: skip
OPTIONS = {
    name: mostly(st.just(value)) for name, value in {
        "THREADS": 4, "INBOX": 1, "HTTP_TIMEOUT": 1.5, "WORKER_CHANNELS": ["*"], "ALLOWED_ORIGINS": ["//["],
        "METRICS_PATH": "/metrics", "METRICS_ADDRESS": "127.0.0.1:99999",
    }.items()
}  # fmt: skip
SETTINGS = {
    "CHANNEL_LAYERS": mostly(bent({"default": layer})),
    "CHANNEL_ROUTING": st.none() | anything,
    "CHANNELS_COMPAT": mostly(bent(OPTIONS)),
    "CHANNELS_WS_PROTOCOLS": st.none() | st.lists(st.text(max_size=3)) | anything,
    "ASGI_APPLICATION": st.none() | st.sampled_from(["os.path.join", "no.such", "", "."]) | anything,
}


def in_memory(**changes: Any) -> dict[str, Any]:
    return {"CHANNEL_LAYERS": {"default": {"BACKEND": MEMORY, "ROUTING": [], **changes}}}


def in_redis(**config: Any) -> dict[str, Any]:
    return in_memory(BACKEND=REDIS, CONFIG=config)


def make() -> None:
    compat_settings.losses()
    # As the application does when it starts.
    channel_layers["default"].router.custom_channels()


READ = (compat_settings.options, compat_settings.protocols, compat_settings.native_application, make)


def reads(read: Callable[[], Any]) -> bool:
    """Whether it does; if not, in words."""
    with clearly():
        read()
        return True
    return False


@given(st.sampled_from(sorted(SETTINGS)).flatmap(lambda name: st.fixed_dictionaries({name: SETTINGS[name]})))
@few
@example({"CHANNEL_LAYERS": None})
@example({"CHANNEL_LAYERS": ["default"]})
@example({"CHANNEL_LAYERS": {"other": {}}})
@example({"CHANNEL_LAYERS": {"default": "memory"}})
@example({"CHANNEL_LAYERS": {"default": {"BACKEND": dict}}})
@example({"CHANNEL_LAYERS": {"default": {"CONFIG": ["hosts"]}}})
@example(in_memory(ROUTING={"": None}))
@example(in_memory(CONFIG={5: 5}))
@example(in_memory(CONFIG={"capacity": "many"}))
@example(in_memory(CONFIG={"channel_capacity": 5}))
@example(in_memory(CONFIG={"channel_capacity": {5: 5}}))
@example(in_redis(hosts=5))
@example(in_redis(hosts=[5]))
@example(in_redis(hosts=["//["]))
@example({"CHANNEL_ROUTING": 5})
@example({"CHANNELS_WS_PROTOCOLS": 5})
@example({"CHANNELS_COMPAT": {"ALLOWED_ORIGINS": ["http://["]}})
@example({"CHANNELS_COMPAT": {"METRICS_ADDRESS": "127.0.0.1:99999"}})
@example({"ASGI_APPLICATION": 5})
@example({"ASGI_APPLICATION": "."})
def test_settings_are_refused_or_work(changes: dict[str, Any]) -> None:
    given = changes.pop("ASGI_APPLICATION", None)
    before, compat_settings._native_application_path = compat_settings._native_application_path, given
    try:
        with override_settings(**changes):
            forget()
            refused = [read for read in READ if not reads(read)]
            assert any(isinstance(message, Error) for message in check_settings(None)) == bool(refused)
            check_origins(None)
    finally:
        compat_settings._native_application_path = before
        forget()


def forget() -> None:
    channel_layers.backends.clear()
    native_layers.backends.clear()
