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
``ALLOWED_ORIGINS``    ()         sites whose pages may open sockets with a legacy consumer, as
                                  ``"https://example.com"``; True: those of ALLOWED_HOSTS; empty: all
``METRICS_INTERVAL``   0.0        seconds between two lines with the metrics in the log; 0: no such lines
``METRICS_PATH``       ""         where web processes answer Prometheus: ``"/metrics"``
``METRICS_ADDRESS``    ""         where a ``runworker`` process does: ``"127.0.0.1:9100"``
=====================  =========  =====================================================================
"""

import fnmatch
import logging
import re
from importlib.util import find_spec
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple, TypeVar, Union
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from compat.guide import see

from . import redis_hosts, versions
from .layers import SynchronousLayer

logger = logging.getLogger("django.channels")

T = TypeVar("T")

MEMORY_LAYER = "compat.v2.memory.InMemoryChannelLayer"
REDIS_LAYER = "channels_redis.core.RedisChannelLayer"
NO_CHANNELS_REDIS = (
    "The channel layer asgi_redis became channels_redis, which is not installed: "
    f"pip install 'channels-compat[{versions.REDIS_EXTRA}]'. {see('redis')}"
)

_COMMON_KEYS = ("expiry", "group_expiry", "capacity", "channel_capacity")
_REDIS_KEYS = (*_COMMON_KEYS, "hosts", "prefix", "symmetric_encryption_keys")


class Backend(NamedTuple):
    """What became of an old backend class."""

    path: str
    config_keys: Tuple[str, ...]
    defaults: Dict[str, Any]
    loss: str = ""


# The old layers in memory took 10 messages a channel, the new one takes 100.
_MEMORY = Backend(MEMORY_LAYER, _COMMON_KEYS, {"capacity": 10})
_REDIS = Backend(REDIS_LAYER, _REDIS_KEYS, {})
_LOCAL = _REDIS._replace(
    loss="RedisLocalChannelLayer kept the messages of ordinary channels on their machine; now all go through Redis, "
    "and any machine may consume them."
)
_SENTINEL = _REDIS._replace(config_keys=(*_REDIS_KEYS, "services"))
_IPC = _MEMORY._replace(
    loss="asgi_ipc has no successor: the layer now reaches this process only. Use asgi_redis (channels_redis) "
    "if several processes must hear each other."
)

BACKENDS: Dict[str, Backend] = {
    "asgiref.inmemory.ChannelLayer": _MEMORY,
    "channels.layers.InMemoryChannelLayer": _MEMORY._replace(defaults={}),
    "asgi_redis.RedisChannelLayer": _REDIS,
    "asgi_redis.core.RedisChannelLayer": _REDIS,
    "asgi_redis.RedisLocalChannelLayer": _LOCAL,
    "asgi_redis.local.RedisLocalChannelLayer": _LOCAL,
    "asgi_redis.RedisSentinelChannelLayer": _SENTINEL,  # of asgi_redis 1.x
    "asgi_redis.sentinel.RedisSentinelChannelLayer": _SENTINEL,
    "asgi_ipc.IPCChannelLayer": _IPC,
    "asgi_ipc.core.IPCChannelLayer": _IPC,
}

# In 0.17 every socket's reply channel had a capacity of its own. channels_redis counts the messages for all
# sockets of one process together, so that the limit per channel must not be applied to them.
_REPLY_CHANNELS = "specific.*"
_REPLY_CAPACITY = 100_000

# Channels between the old servers and their workers; today most messages do not leave the process that serves.
_SERVER_CHANNELS = (
    "http.request",
    "http.response!AbCdEfGh",
    "http.disconnect",
    "websocket.connect",
    "websocket.receive",
    "websocket.disconnect",
    "websocket.send!AbCdEfGh",
)


class Options(NamedTuple):
    """The setting CHANNELS_COMPAT (see the module's docstring)."""

    threads: int = 16
    worker_threads: int = 8
    inbox: int = 100
    outbox: int = 5000
    shutdown_timeout: float = 5.0
    http_timeout: float = 120.0
    worker_channels: Sequence[str] = ()
    allowed_origins: Union[bool, Sequence[str]] = ()
    metrics_interval: float = 0.0
    metrics_path: str = ""
    metrics_address: str = ""


def _is_number(key: str, value: Any) -> bool:
    whole = not key.endswith(("_TIMEOUT", "_INTERVAL"))
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and value >= whole


def _is_strings(key: str, value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)


def _is_origins(key: str, value: Any) -> bool:
    return isinstance(value, bool) or (_is_strings(key, value) and all(map(_can_be_parsed, value)))


def _can_be_parsed(address: str) -> bool:
    try:
        urlsplit(address).port  # noqa: B018
    except ValueError:
        return False
    return True


def _is_path(key: str, value: Any) -> bool:
    return isinstance(value, str) and (not value or value.startswith("/"))


def _is_address(key: str, value: Any) -> bool:
    return isinstance(value, str) and (not value or re.match(r".+:\d{1,5}$", value) is not None)


# What an option that is no number must be: the test, and its words.
_KINDS: Dict[str, Tuple[Callable[[str, Any], bool], str]] = {
    "WORKER_CHANNELS": (_is_strings, "a list of channel names"),
    "ALLOWED_ORIGINS": (_is_origins, "True, or a list of origins like 'https://example.com'"),
    "METRICS_PATH": (_is_path, "a path like '/metrics'"),
    "METRICS_ADDRESS": (_is_address, "an address like '127.0.0.1:9100'"),
}


def options() -> Options:
    """Our options.

    Raises:
        ImproperlyConfigured: CHANNELS_COMPAT has a key that we do not know, a value of a wrong type, or one that
            needs a package that is not installed.
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
        fits, kind = _KINDS.get(key, (_is_number, "a positive number"))
        if not fits(key, value):
            raise ImproperlyConfigured(f"CHANNELS_COMPAT[{key!r}] must be {kind}, not {value!r}. {see('options')}")
        if value and key in ("METRICS_PATH", "METRICS_ADDRESS") and find_spec("prometheus_client") is None:
            raise ImproperlyConfigured(
                f"CHANNELS_COMPAT[{key!r}] needs prometheus_client: pip install 'channels-compat[metrics]'. "
                f"{see('metrics')}"
            )
    return Options(**{known[key]: value for key, value in given.items()})


def is_dotted(name: Any) -> bool:
    """Whether ``name`` may be the dotted name of something in a module; the import of others raises anything."""
    return isinstance(name, str) and "." in name and not name.startswith(".") and name.isprintable()


def protocols() -> List[str]:
    """The subprotocols that sockets speak.

    Raises:
        ImproperlyConfigured: CHANNELS_WS_PROTOCOLS is something else.
    """
    given = getattr(settings, "CHANNELS_WS_PROTOCOLS", None) or ()
    if not _is_strings("CHANNELS_WS_PROTOCOLS", given):
        raise ImproperlyConfigured(
            f"CHANNELS_WS_PROTOCOLS must be a list of names, not {given!r}. {see('subprotocols')}"
        )
    return list(given)


def _layers() -> Dict[str, Dict[str, Any]]:
    """CHANNEL_LAYERS, if it has the form that it must have."""
    layers: Any = getattr(settings, "CHANNEL_LAYERS", None) or {}
    _check_form(isinstance(layers, dict), "CHANNEL_LAYERS", "a dict of layers", layers)
    for alias, layer in layers.items():
        where = f"CHANNEL_LAYERS[{alias!r}]"
        _check_form(isinstance(layer, dict), where, "a dict", layer)
        backend = layer.get("BACKEND", "")
        _check_form(isinstance(backend, str), f"{where}['BACKEND']", "the dotted name of a class", backend)
        for key in ("CONFIG", "TEST_CONFIG"):
            config = layer.get(key) or {}
            fits = isinstance(config, dict) and all(isinstance(name, str) for name in config)
            _check_form(fits, f"{where}['{key}']", "a dict of options", config)
    return layers  # type: ignore[no-any-return]


def _check_form(fits: bool, what: str, wanted: str, given: Any) -> None:
    if not fits:
        raise ImproperlyConfigured(f"{what} must be {wanted}, not {given!r}. {see('layers-form')}")


def legacy_layers() -> Dict[str, Any]:
    """CHANNEL_LAYERS as the project wrote it; CHANNEL_ROUTING stands in for a missing ROUTING of the default layer.

    Raises:
        ImproperlyConfigured: CHANNEL_LAYERS is of another form.
    """
    layers = _layers()
    routing = getattr(settings, "CHANNEL_ROUTING", None)
    default = layers.get("default")
    if routing is not None and default is not None and "ROUTING" not in default:
        layers = {**layers, "default": {**default, "ROUTING": routing}}
    return layers


def native_layers() -> Dict[str, Any]:
    """CHANNEL_LAYERS as channels >= 2 wants it: today's backends, no ROUTING.

    Raises:
        ImproperlyConfigured: as :func:`legacy_layers`; or an option has a value that is none.
    """
    return {alias: _translated(alias, layer, _native_layer) for alias, layer in _layers().items()}


def _translated(alias: str, layer: Dict[str, Any], translate: Callable[[Dict[str, Any]], T]) -> T:
    try:
        return translate(layer)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(
            f"CHANNEL_LAYERS[{alias!r}] has an option whose value cannot be read: {error}. {see('layers-form')}"
        ) from error


def _native_layer(layer: Dict[str, Any]) -> Dict[str, Any]:
    native = {key: value for key, value in layer.items() if key != "ROUTING"}
    backend = BACKENDS.get(layer.get("BACKEND", ""))
    if backend is None:
        return native
    native["BACKEND"] = backend.path
    for key in ("CONFIG", "TEST_CONFIG"):
        if key in layer or key == "CONFIG":
            native[key] = native_config(backend, layer.get(key) or {})
    return native


def native_config(backend: Backend, given: Dict[str, Any]) -> Dict[str, Any]:
    """The keyword arguments for today's class.

    Args:
        backend: what became of the old class.
        given: the old class's keyword arguments.
    """
    config = {**backend.defaults, **{key: value for key, value in given.items() if key in backend.config_keys}}
    if backend.path == REDIS_LAYER:
        # The first pattern that fits counts, and the project may have one that fits everything.
        config["channel_capacity"] = {_REPLY_CHANNELS: _REPLY_CAPACITY, **(config.get("channel_capacity") or {})}
        if backend is _SENTINEL:
            config["hosts"] = redis_hosts.behind_sentinels(config.get("hosts"), config.pop("services", None))
        elif config.get("hosts"):
            config["hosts"] = redis_hosts.native(config["hosts"])
    return config


def losses() -> List[str]:
    """What of CHANNEL_LAYERS has no counterpart, one sentence each.

    Raises:
        ImproperlyConfigured: as :func:`native_layers`.
    """
    return [
        f"CHANNEL_LAYERS[{alias!r}]: {loss}"
        for alias, layer in _layers().items()
        for loss in _translated(alias, layer, _lost_of_layer)
    ]


def _lost_of_layer(layer: Dict[str, Any]) -> List[str]:
    backend = BACKENDS.get(layer.get("BACKEND", ""))
    return [] if backend is None else lost(backend, layer.get("CONFIG") or {})


def lost(backend: Backend, given: Dict[str, Any]) -> List[str]:
    """What of an old class and its keyword arguments has no counterpart, one sentence each.

    Arguments: as :func:`native_config`.
    """
    found = [backend.loss] if backend.loss else []
    unknown = sorted(set(given) - set(backend.config_keys))
    if unknown:
        found.append(f"{backend.path} has no option {', '.join(map(repr, unknown))}; ignored.")
    useless = [pattern for pattern in given.get("channel_capacity") or {} if _is_for_servers(pattern)]
    if useless:
        found.append(
            f"channel_capacity of {', '.join(map(_shown, useless))} counts only for what WORKER_CHANNELS leaves to "
            "workers: what a socket's client sends waits in its INBOX, what is sent to it in its OUTBOX (options of "
            "CHANNELS_COMPAT)."
        )
    if backend.path == REDIS_LAYER and backend is not _SENTINEL:
        found += redis_hosts.lost(given.get("hosts") or ())
    return [f"{loss} {see('layer-options')}" for loss in found]


def _is_for_servers(pattern: Any) -> bool:
    """Whether a key of channel_capacity, glob or compiled regex, fits none but :data:`_SERVER_CHANNELS`."""
    matches = pattern.match if hasattr(pattern, "match") else re.compile(fnmatch.translate(pattern)).match
    return any(map(matches, _SERVER_CHANNELS)) and not matches("a.custom-channel")


def _shown(pattern: Any) -> str:
    return repr(getattr(pattern, "pattern", pattern))


def native_application() -> Any:
    """The project's own ASGI application, if it has set one, in whichever calling style it was written.

    Raises:
        ImproperlyConfigured: ASGI_APPLICATION cannot be imported; says why.
    """
    path: Any = _native_application_path
    if not path:
        return None
    try:
        if not is_dotted(path):
            raise ImportError("a dotted name is wanted")
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
