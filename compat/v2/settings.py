"""CHANNEL_LAYERS, ROUTING and CHANNEL_ROUTING of channels 0.17, translated; our own options.

Our options are the keys of the setting ``CHANNELS_COMPAT`` (a dict), all optional:

=====================  =========  =====================================================================
``THREADS``            16         threads that run socket consumers
``WORKER_THREADS``     8          threads that run the consumers of custom channels
``INBOX``              100        frames of one socket that may wait for their consumer; then the socket
                                  is not read from until half of them are done
``OUTBOX``             5000       messages that may wait for one socket's client; then ChannelFull
``SHUTDOWN_TIMEOUT``   5.0        seconds that a stopping process waits for running consumers
``HTTP_TIMEOUT``       120.0      seconds that a legacy ``http.request`` route has for its response
``WORKER_CHANNELS``    ()         channels (``"websocket.*"``, ``"mail"``, ``"*"``, …) that ``runworker`` processes
                                  consume instead of the web processes; needs a layer on the network
=====================  =========  =====================================================================
"""

import logging
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from compat.guide import see

from .layers import SynchronousLayer

logger = logging.getLogger("django.channels")

MEMORY_LAYER = "compat.v2.memory.InMemoryChannelLayer"
REDIS_LAYER = "channels_redis.core.RedisChannelLayer"

_COMMON_KEYS = ("expiry", "group_expiry", "capacity", "channel_capacity")
_REDIS_KEYS = (*_COMMON_KEYS, "hosts", "prefix", "symmetric_encryption_keys")


class Backend(NamedTuple):
    """What became of an old backend class."""

    path: str
    config_keys: Tuple[str, ...]
    defaults: Dict[str, Any]
    loss: str = ""


BACKENDS: Dict[str, Backend] = {
    # The old layer in memory took 10 messages a channel, the new one takes 100.
    "asgiref.inmemory.ChannelLayer": Backend(MEMORY_LAYER, _COMMON_KEYS, {"capacity": 10}),
    "channels.layers.InMemoryChannelLayer": Backend(MEMORY_LAYER, _COMMON_KEYS, {}),
    "asgi_redis.RedisChannelLayer": Backend(REDIS_LAYER, _REDIS_KEYS, {}),
    "asgi_redis.RedisLocalChannelLayer": Backend(REDIS_LAYER, _REDIS_KEYS, {}),
    "asgi_ipc.IPCChannelLayer": Backend(
        MEMORY_LAYER,
        _COMMON_KEYS,
        {"capacity": 100},
        "asgi_ipc has no successor: the layer now reaches this process only. Use asgi_redis (channels_redis) "
        "if several processes must hear each other.",
    ),
}

# In 0.17 every socket's reply channel had a capacity of its own. channels_redis counts the messages for all
# sockets of one process together, so that the limit per channel must not be applied to them.
_REPLY_CHANNELS = "specific.*"
_REPLY_CAPACITY = 100_000


class Options(NamedTuple):
    """The setting CHANNELS_COMPAT (see the module's docstring)."""

    threads: int = 16
    worker_threads: int = 8
    inbox: int = 100
    outbox: int = 5000
    shutdown_timeout: float = 5.0
    http_timeout: float = 120.0
    worker_channels: Sequence[str] = ()


def options() -> Options:
    """Our options.

    Raises:
        ImproperlyConfigured: CHANNELS_COMPAT has a key that we do not know, or a value of a wrong type.
    """
    given: Dict[str, Any] = getattr(settings, "CHANNELS_COMPAT", {})
    if not isinstance(given, dict):
        raise ImproperlyConfigured(f"CHANNELS_COMPAT must be a dict, not {given!r}. {see('options')}")
    known = {name.upper(): name for name in Options._fields}
    for key, value in given.items():
        if key not in known:
            raise ImproperlyConfigured(
                f"CHANNELS_COMPAT has no option {key!r}; there are {', '.join(sorted(known))}. {see('options')}"
            )
        if key == "WORKER_CHANNELS":
            if not isinstance(value, (list, tuple)) or not all(isinstance(pattern, str) for pattern in value):
                raise ImproperlyConfigured(
                    f"CHANNELS_COMPAT[{key!r}] must be a list of channel names, not {value!r}. {see('options')}"
                )
            continue
        whole = not key.endswith("_TIMEOUT")
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or value < whole:
            raise ImproperlyConfigured(
                f"CHANNELS_COMPAT[{key!r}] must be a positive number, not {value!r}. {see('options')}"
            )
    return Options(**{known[key]: value for key, value in given.items()})


def legacy_layers() -> Dict[str, Any]:
    """CHANNEL_LAYERS as the project wrote it; CHANNEL_ROUTING stands in for a missing ROUTING of the default layer."""
    layers: Dict[str, Any] = getattr(settings, "CHANNEL_LAYERS", {})
    routing = getattr(settings, "CHANNEL_ROUTING", None)
    default = layers.get("default")
    if routing is not None and isinstance(default, dict) and "ROUTING" not in default:
        layers = {**layers, "default": {**default, "ROUTING": routing}}
    return layers


def native_layers() -> Dict[str, Any]:
    """CHANNEL_LAYERS as channels >= 2 wants it: today's backends, no ROUTING."""
    return {
        alias: _native_layer(alias, layer) if isinstance(layer, dict) else layer
        for alias, layer in getattr(settings, "CHANNEL_LAYERS", {}).items()
    }


def _native_layer(alias: str, layer: Dict[str, Any]) -> Dict[str, Any]:
    native = {key: value for key, value in layer.items() if key != "ROUTING"}
    backend = BACKENDS.get(layer.get("BACKEND", ""))
    if backend is None:
        return native
    native["BACKEND"] = backend.path
    for key in ("CONFIG", "TEST_CONFIG"):
        if key in layer or key == "CONFIG":
            given = layer.get(key) or {}
            native[key] = {**backend.defaults, **{k: v for k, v in given.items() if k in backend.config_keys}}
            if backend.path == REDIS_LAYER:
                native[key]["channel_capacity"] = {
                    **(native[key].get("channel_capacity") or {}),
                    _REPLY_CHANNELS: _REPLY_CAPACITY,
                }
    return native


def losses() -> List[str]:
    """What of CHANNEL_LAYERS has no counterpart, one sentence each."""
    found: List[str] = []
    for alias, layer in getattr(settings, "CHANNEL_LAYERS", {}).items():
        backend = BACKENDS.get(layer.get("BACKEND", "")) if isinstance(layer, dict) else None
        if backend is None:
            continue
        if backend.loss:
            found.append(f"CHANNEL_LAYERS[{alias!r}]: {backend.loss}")
        unknown = sorted(set(layer.get("CONFIG") or {}) - set(backend.config_keys))
        if unknown:
            found.append(
                f"CHANNEL_LAYERS[{alias!r}]: {backend.path} has no option {', '.join(map(repr, unknown))}; ignored."
            )
    return found


def native_application() -> Any:
    """The project's own ASGI application, if it has set one, in whichever calling style it was written.

    Raises:
        ImproperlyConfigured: ASGI_APPLICATION cannot be imported; says why.
    """
    path = _native_application_path
    if not path:
        return None
    try:
        application = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"Cannot import your ASGI_APPLICATION {path!r}: {error}. {see('asgi-application')}"
        ) from error
    # An asgi.py of 0.17 hands its channel layer to the server; that is ours, not an application to fall through to.
    return None if isinstance(application, SynchronousLayer) else application


_native_application_path: str = ""


def serve_first(ours: str) -> None:
    """Set ASGI_APPLICATION to ``ours`` and keep the project's own for :func:`native_application`."""
    global _native_application_path
    given = getattr(settings, "ASGI_APPLICATION", None)
    if given != ours:
        _native_application_path = given or ""
        settings.ASGI_APPLICATION = ours
