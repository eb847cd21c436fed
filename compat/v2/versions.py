"""Every difference between channels 2, 3 and 4, Django 2.2 to 5.2 and the protocol servers."""

import asyncio
import contextvars
import importlib.util
import inspect
import logging
import os
import re
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Awaitable, Callable, DefaultDict, Dict, List, Optional, Sequence, Type, Union
from urllib.parse import quote, urlencode, urlparse

import channels
import django
from asgiref import compatibility

from .malformed import refused

if TYPE_CHECKING:
    from .redis_hosts import Host

CHANNELS_MAJOR = int(channels.__version__.split(".")[0])

# channels 2 and 3 kept the signals module of 1.x, 4 dropped it.
HAS_CHANNELS_SIGNALS = CHANNELS_MAJOR < 4

Application = Callable[..., Awaitable[None]]


def is_native_consumer(consumer: Any) -> bool:
    """Whether ``consumer`` is one of channels >= 2: a class, or what ``as_asgi()`` made of it."""
    from channels.consumer import AsyncConsumer

    target = getattr(consumer, "consumer_class", consumer)
    return inspect.isclass(target) and issubclass(target, AsyncConsumer)


# --- ASGI calling styles -------------------------------------------------------------------------


def single_callable(application: Any) -> Application:
    """``application`` as ASGI 3 calls it, whichever style it was written in (channels 2 writes ASGI 2)."""
    return compatibility.guarantee_single_callable(application)  # type: ignore[no-any-return]


class _DoubleCallable:
    """An ASGI 3 application in the style of ASGI 2, which ``runserver`` of channels 2 wants."""

    _asgi_double_callable = True

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Dict[str, Any]) -> Callable[..., Awaitable[None]]:
        async def instance(receive: Callable[..., Any], send: Callable[..., Any]) -> None:
            await self.application(scope, receive, send)

        return instance


def as_default_application(application: Application) -> Any:
    """``application`` as ASGI_APPLICATION must give it to this version's ``runserver``."""
    return _DoubleCallable(application) if CHANNELS_MAJOR < 3 else application


def django_application() -> Application:
    """Django's own ASGI application."""
    if django.VERSION >= (3, 0):
        from django.core.asgi import get_asgi_application

        return get_asgi_application()  # type: ignore[no-any-return]
    from channels.http import AsgiHandler

    return single_callable(AsgiHandler)


def with_origin_check(application: Application, allowed: Union[bool, Sequence[str]]) -> Application:
    """``application`` for sockets, behind channels' own check of the header ``Origin``.

    Args:
        allowed: origins as ``OriginValidator`` takes them, or True for the hosts of ALLOWED_HOSTS.
    """
    from channels.security import websocket
    from channels.security.websocket import AllowedHostsOriginValidator, OriginValidator

    if CHANNELS_MAJOR < 3:
        # It asks for no scheme with None, which the urlparse of Python 3.7.11, 3.8.11 and later does not take.
        websocket.urlparse = _urlparse
    validator = AllowedHostsOriginValidator(application) if allowed is True else OriginValidator(application, allowed)

    async def check(scope: Dict[str, Any], receive: Any, send: Any) -> None:
        with refused("a WebSocket's scope"):
            origins = [_parsed(value) for name, value in scope.get("headers") or () if name.lower() == b"origin"]
        # Not by calling it: it raises at what cannot be parsed, which is all a client needs to fill a log.
        if validator.valid_origin(origins[-1] if origins else None):
            await application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})

    return check


def _parsed(origin: bytes) -> Any:
    try:
        parsed = urlparse(origin.decode("latin-1"))
        parsed.port  # noqa: B018
    except ValueError:
        return None
    return parsed


def _urlparse(url: str, scheme: Optional[str] = "") -> Any:
    parsed = urlparse(url)
    return parsed if parsed.scheme else parsed._replace(scheme=scheme)  # type: ignore[arg-type]


def serves_websockets(application: Any) -> bool:
    """Whether the project's own ASGI application has a chance with sockets: Django's alone has not."""
    if django.VERSION < (3, 0):
        return True
    from django.core.handlers.asgi import ASGIHandler

    return not isinstance(application, ASGIHandler)


# --- Commands ------------------------------------------------------------------------------------

# The apps whose ``runserver`` and ``runworker`` ours replace; somebody else's own is left in place.
COMMAND_OWNERS = ("django.core", "django.contrib.staticfiles", "channels", "daphne")


def runserver_command() -> Optional[Type[Any]]:
    """The ``runserver`` that serves ASGI, or None where daphne is not installed (channels 4 does not need it)."""
    if CHANNELS_MAJOR < 4:
        return native_command("runserver")
    if importlib.util.find_spec("daphne") is not None:
        from daphne.management.commands.runserver import Command
        return Command  # type: ignore[no-any-return]
    return None


def native_command(name: str) -> Type[Any]:
    """The ``Command`` of channels' own ``management/commands``, whatever the overlay has put under its old path.

    Args:
        name: ``"runworker"``, or ``"runserver"`` before channels 4.
    """
    assert channels.__file__
    path = os.path.join(os.path.dirname(channels.__file__), "management", "commands", f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"channels.management.commands.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Command  # type: ignore[no-any-return]


def call_when_daphne_runs(function: Callable[[], Any]) -> None:
    """Call ``function`` in daphne's event loop as soon as it runs; daphne sends no lifespan events.

    Does nothing in a process that has not loaded daphne, and nothing is called where the server never starts
    (a shell with daphne in INSTALLED_APPS).
    """
    if "daphne.server" in sys.modules:
        from twisted.internet import reactor

        # "When running" is a moment before the event loop itself runs.
        reactor.callWhenRunning(lambda: reactor._asyncioEventloop.call_soon(function))


def call_when_daphne_ends(function: Callable[[], Awaitable[None]]) -> None:
    """Await ``function()`` when daphne is told to end, after it has cancelled the applications of its connections and
    while its event loop still runs. To be called before the server runs; does nothing in a process that has not loaded
    daphne.

    Of itself daphne stops its loop under consumers that still send, and cancels nothing if there was a connection
    without an application, such as any request of the last second.
    """
    if "daphne.server" not in sys.modules:
        return
    from daphne.server import Server
    from twisted.internet import defer

    _at_end_of_daphne.append(function)
    kill = Server.kill_all_applications
    if kill.__module__ == __name__:
        return

    def kill_all_applications(self: Any) -> Any:
        loop = asyncio.get_event_loop()
        finished: asyncio.Future[None] = loop.create_future()
        finished.set_result(None)
        applications = [details.setdefault("application_instance", finished) for details in self.connections.values()]
        kill(self)
        return defer.Deferred.fromFuture(asyncio.ensure_future(_end_of_daphne(applications)))

    Server.kill_all_applications = kill_all_applications


# Seconds that applications have to end when they are cancelled.
_END_PATIENCE = 5
_at_end_of_daphne: List[Callable[[], Awaitable[None]]] = []


async def _end_of_daphne(applications: List[Any]) -> None:
    if applications:
        await asyncio.wait(applications, timeout=_END_PATIENCE)
    for function in _at_end_of_daphne:
        await function()


# --- Close codes ----------------------------------------------------------------------------------

NO_STATUS, ABNORMAL = 1005, 1006


def _owner(send: Callable[..., Any]) -> str:
    """The module of the server that ``send`` is from."""
    return getattr(send, "func", send).__module__ or ""


def needs_task(send: Callable[..., Any]) -> bool:
    """Whether ``send`` may look, for a frame, at the task that it is called in. The servers that are known do not.

    Args:
        send: the ``send`` callable that we were given; a middleware's, if it has one of its own.
    """
    return not _owner(send).startswith(("uvicorn.", "daphne."))


def codeless_close(send: Callable[..., Any]) -> Dict[str, Any]:
    """The event that makes this server close with a frame that has no code, as daphne 0.14 did.

    Servers differ in what they take for "no code"; one that cannot (or is not known) closes with 1000.

    Args:
        send: the ``send`` callable that the server gave us.
    """
    owner = _owner(send)
    event: Dict[str, Any] = {"type": "websocket.close"}
    if owner.endswith("websockets_sansio_impl"):
        event["code"] = None
    elif owner == "daphne.server" and _daphne_closes_without_code():
        event["code"] = NO_STATUS
    elif owner.endswith("wsproto_impl"):
        event["code"] = _wsproto_no_status()
    return event


def _wsproto_no_status() -> int:
    from wsproto.frame_protocol import CloseReason

    return CloseReason.NO_STATUS_RCVD  # wsproto compares by identity


def disconnect_code(event: Dict[str, Any], send: Callable[..., Any]) -> Optional[int]:
    """The code of a ``websocket.disconnect`` event as daphne 0.14 gave it: None when the client's close frame had
    none, 1006 when the connection was cut.

    Args:
        send: the ``send`` callable that the server gave us.
    """
    code: Optional[int] = event.get("code", NO_STATUS)
    if code != NO_STATUS:
        return code
    # uvicorn says 1005 for a cut connection too, but then gives no reason.
    was_cut = _owner(send).startswith("uvicorn.") and "reason" not in event
    return ABNORMAL if was_cut else None


_daphne_patched = False


def _daphne_closes_without_code() -> bool:
    # daphne turns "no code" into 1000 and autobahn refuses 1005: teach the one method between them.
    global _daphne_patched
    if not _daphne_patched:
        from daphne.ws_protocol import WebSocketProtocol

        close = WebSocketProtocol.serverClose

        def server_close(self: Any, code: Optional[int] = None) -> None:
            if code == NO_STATUS:
                self.sendClose()
            else:
                close(self, code)

        WebSocketProtocol.serverClose = server_close
        _daphne_patched = True
    return True


# --- Channel layers ------------------------------------------------------------------------------


def prepare_layer(layer: Any) -> None:
    """Keep a channels_redis layer from taking an idle connection for a broken one.

    It waits five seconds for a message, and redis-py, from version 8, gives up reading after five.
    """
    if getattr(layer, "brpop_timeout", 0) > _QUIET_SECONDS:
        layer.brpop_timeout = _QUIET_SECONDS
    if redis_major() >= 3 and hasattr(layer, "_brpop_with_clean"):
        layer._brpop_with_clean = _TakingFromFullRedis(layer).take
    if is_sharded(layer):
        # channels_redis sends to "x.y!z" on the server of the whole name, but receives on that of "x.y!".
        server_of = layer.consistent_hash
        layer.consistent_hash = lambda name: server_of(name[: name.find("!") + 1] or name)


_QUIET_SECONDS = 2


class _TakingFromFullRedis:
    """Lets a channels_redis layer take messages off a Redis that has used up its memory.

    From version 3 on it takes a message and then stores a copy until the message is in good hands; a Redis that is
    full takes no copy, and the message was gone. The copy is what we do without.
    """

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    async def take(self, index: int, channel: str, timeout: float) -> Any:
        return await type(self._layer)._brpop_with_clean(self, index, channel, timeout)

    def connection(self, index: int) -> Any:
        return _WithoutCopies(self._layer.connection(index))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)


class _WithoutCopies:
    """A connection, or what gives one in ``async with``, that does not mind when nothing more can be stored."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def __aenter__(self) -> "_WithoutCopies":
        return _WithoutCopies(await self._connection.__aenter__())

    async def __aexit__(self, *error: Any) -> Any:
        return await self._connection.__aexit__(*error)

    async def zadd(self, *arguments: Any) -> Any:
        try:
            return await self._connection.zadd(*arguments)
        except Exception as error:
            if "maxmemory" not in str(error):
                raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def is_sharded(layer: Any) -> bool:
    """Whether it is a channels_redis layer on several servers: then its ``receive()`` looks at one of them, while
    messages for ordinary channels are spread over all."""
    return getattr(layer, "ring_size", 1) > 1


async def forget_broken_connections(layer: Any) -> None:
    """Close what channels_redis 4 keeps open to Redis and does not use right now: redis-py finds out that a connection
    has broken when it fails somebody."""
    if redis_major() >= 4 and hasattr(layer, "connection"):
        for server in range(layer.ring_size):
            await layer.connection(server).connection_pool.disconnect(inuse_connections=False)


# Which of our extras brings the channels_redis that goes with this channels.
REDIS_EXTRA = {2: "redis2", 3: "redis3"}.get(CHANNELS_MAJOR, "redis")


def redis_major() -> int:
    """The major version of channels_redis: 2 keeps messages in lists, 3 and 4 in sorted sets; 4 is on redis-py, the
    ones before on aioredis 1. 0 if there is none."""
    try:
        import channels_redis
    except ImportError:
        return 0
    return int(channels_redis.__version__.split(".")[0])


def redis_host(host: "Host") -> Dict[str, Any]:
    """An entry of channels_redis's ``hosts``."""
    if not redis_takes_url_options():
        entry: Dict[str, Any] = {"address": host.path or (host.name, host.port), "db": host.db}
        if host.password:
            entry["password"] = host.password
        if host.tls:
            entry["ssl"] = True
        return entry
    user = f":{quote(host.password, safe='')}@" if host.password else ""
    query = urlencode({"db": host.db, **host.options})
    if host.path:
        return {"address": f"unix://{user}{quote(host.path)}?{query}"}
    name = f"[{host.name}]" if ":" in host.name else host.name
    return {"address": f"{'rediss' if host.tls else 'redis'}://{user}{name}:{host.port}?{query}"}


def redis_takes_url_options() -> bool:
    """Whether the URL of a Redis server may have a query with redis-py's options."""
    return redis_major() not in (2, 3)


def redis_knows_sentinels() -> bool:
    """Whether an entry of ``hosts`` may name sentinels and what they call a Redis server."""
    return redis_major() != 2


async def group_send(layer: Any, group: str, event: Dict[str, Any], on_drop: Callable[[int], None]) -> None:
    """Send ``event`` to ``group``, and learn what only the log of channels_redis tells.

    Args:
        on_drop: called with how many members had no room for it.
    """
    _DropFilter.install()
    token = _on_drop.set(on_drop)
    try:
        await layer.group_send(group, event)
    finally:
        _on_drop.reset(token)


_on_drop: "contextvars.ContextVar[Optional[Callable[[int], None]]]" = contextvars.ContextVar("on_drop", default=None)


class _DropFilter(logging.Filter):
    """Hears the line that channels_redis logs at level INFO; shows it only where it would have been shown."""

    LINE = re.compile(r"^(\d+) of \d+ channels over capacity in group ")
    _installed = False

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._logger, self._own_level = logger, logger.level

    @classmethod
    def install(cls) -> None:
        if not cls._installed:
            cls._installed = True
            logger = logging.getLogger("channels_redis.core")
            logger.addFilter(cls(logger))
            if not logger.isEnabledFor(logging.INFO):
                logger.setLevel(logging.INFO)

    def filter(self, record: logging.LogRecord) -> bool:
        on_drop, found = _on_drop.get(), self.LINE.match(record.getMessage())
        if on_drop is not None and found:
            on_drop(int(found.group(1)))
        parent = self._logger.parent
        return record.levelno >= (self._own_level or (parent.getEffectiveLevel() if parent else logging.WARNING))


def end_receive(layer: Any, channel: str) -> bool:
    """End a ``receive()`` that waits on ``channel`` by giving it an empty event. On the event loop that waits.

    On channels_redis one receiver at a time reads for all channels of the process. Cancelled while Redis hands a
    message out, it loses that message, whosever it was. False for other layers, where cancelling is safe.
    """
    buffer = getattr(layer, "receive_buffer", None)
    if buffer is None:
        return False
    buffer[channel].put_nowait({"type": ENDED})
    return True


ENDED = "compat.ended"


def drop_late(layer: Any, is_gone: Callable[[str], bool]) -> bool:
    """Keep channels_redis from keeping what comes for channels that nobody will read any more.

    It keeps messages until somebody asks for them: what was under way to a client that had gone stayed for good.

    Args:
        is_gone: whether a channel of this process is one of those. Not asked about those that have a buffer.

    Returns:
        Whether the layer is of that kind. Others are left as they are.
    """
    buffers = getattr(layer, "receive_buffer", None)
    if not isinstance(buffers, defaultdict) or buffers.default_factory is None:
        return False
    layer.receive_buffer = _Buffers(buffers.default_factory, is_gone)
    return True


class _Buffers(DefaultDict[str, Any]):
    def __init__(self, factory: Callable[[], Any], is_gone: Callable[[str], bool]) -> None:
        super().__init__(factory)
        self._factory = factory
        self._is_gone = is_gone

    def __missing__(self, channel: str) -> Any:
        return self._factory() if self._is_gone(channel) else super().__missing__(channel)


def forget_channel(layer: Any, channel: str) -> None:
    """Drop what channels_redis keeps in this process for a reply channel that nobody reads any more."""
    buffer = getattr(layer, "receive_buffer", None)
    if buffer is not None:
        buffer.pop(channel, None)


# --- python -m compat run ------------------------------------------------------------------------


def reload_with(arguments: List[str]) -> None:
    """Have Django's autoreloader start its children as ``python -m compat run`` too.

    Args:
        arguments: what follows ``run``.
    """
    from django.utils import autoreload

    def get_child_arguments() -> List[str]:
        warnings = [f"-W{option}" for option in sys.warnoptions]
        return [sys.executable, *warnings, "-m", "compat", "run", *arguments]

    autoreload.get_child_arguments = get_child_arguments
