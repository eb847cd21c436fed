"""What the API of channels 0.17 has become: one table for the overlay, the rewriter, the inventory and the guide.

Needs nothing but the standard library, and neither Django nor channels.
"""

from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Tuple, Union

AUTOMATIC, PARTLY, BY_HAND = "automatic", "partly", "by hand"
NAME, MODULE, SETTING, COMMAND, MESSAGE, PACKAGE = "name", "module", "setting", "command", "message", "package"

TARGETS = (2, 3, 4)


class Row(NamedTuple):
    """One thing that old code uses.

    Attributes:
        old: a dotted name, or what a reader would search for (``CHANNEL_LAYERS ROUTING``, ``message.content``).
        kind: one of NAME, MODULE, SETTING, COMMAND, MESSAGE (what a consumer is given), PACKAGE (a requirement).
        shim: what it is on the shim; the same text as ``old`` where it may stay.
        native: what replaces it on channels 2, 3 and 4.
        how: whether ``rewrite --to native`` does it: AUTOMATIC, PARTLY (where it is sure) or BY_HAND.
        why: the reason where it is not automatic.
        anchor: where the guide explains it: page#heading, relative to ``migration_guide/``.
        rule: code of the rule that rewrites or reports it.
    """

    old: str
    kind: str
    shim: str
    native: Tuple[str, str, str]
    how: str
    why: str
    anchor: str
    rule: str

    @property
    def area(self) -> "Area":
        """What it belongs to."""
        return AREAS[self.anchor.partition("#")[2]]


class Area(NamedTuple):
    """A part of the old API.

    Attributes:
        title: for people.
        page: the page of the guide with the old code and the new side by side, relative to ``migration_guide/``.
    """

    title: str
    page: str


# heading in rewriter.md -> area; in the order of a report.
AREAS: Dict[str, Area] = {
    "routing": Area("Routing", "routing.md"),
    "consumers": Area("Consumers and messages", "message.md"),
    "groups": Area("Groups", "groups.md"),
    "custom-channels": Area("Custom channels", "custom-channels.md"),
    "generic-consumers": Area("Class-based consumers", "generic-consumers.md"),
    "sessions": Area("Sessions", "sessions-and-users.md"),
    "users": Area("Users", "sessions-and-users.md"),
    "binding": Area("Data binding", "binding.md"),
    "http": Area("HTTP", "http.md"),
    "signals": Area("Signals", "rewriter.md#signals"),
    "layers": Area("Channel layers", "rewriter.md#layers"),
    "settings": Area("Settings", "settings.md"),
    "asgi": Area("asgi.py", "deployment.md"),
    "deployment": Area("Commands and deployment", "deployment.md"),
    "requirements": Area("Requirements", "rewriter.md#requirements"),
    "tests": Area("Tests", "tests.md"),
}

_Native = Union[str, Tuple[str, str, str]]
_GUIDE = "rewriter.md#"

_ROUTER = (
    "re_path() in channels.routing.URLRouter",
    "re_path(…, Consumer.as_asgi()) in channels.routing.URLRouter",
    "re_path(…, Consumer.as_asgi()) in channels.routing.URLRouter",
)
_GROUP = "async_to_sync(channel_layer.group_add / group_discard / group_send)"
_USER = 'self.scope["user"], with channels.auth.AuthMiddlewareStack'
_SESSION = "an attribute of the consumer"
_COMMUNICATOR = "channels.testing.WebsocketCommunicator"
_GENERIC = "channels.generic.websocket."
_DJANGO_ASGI = ("channels.http.AsgiHandler", "channels.http.AsgiHandler", "django.core.asgi.get_asgi_application()")

# module -> (its names, native, how, why, heading of the guide); the rule is the one for imports.
_OWN_NAMES: Dict[str, List[Tuple[str, _Native, str, str, str]]] = {
    "channels.asgi": [
        ("ChannelLayerManager", "channels.layers.ChannelLayerManager", BY_HAND, "internal", "layers"),
        ("ChannelLayerWrapper", "the layer itself", BY_HAND, "internal", "layers"),
        ("get_channel_layer", "application = ProtocolTypeRouter({…})", PARTLY,
         "goes when nothing of the old API is left", "asgi"),
        ("channel_layers", "channels.layers.channel_layers", BY_HAND, "its layers are asynchronous", "layers"),
    ],
    "channels.auth": [
        ("channel_session_user", _USER, AUTOMATIC, "", "users"),
        ("channel_session_user_from_http", _USER, AUTOMATIC, "", "users"),
        ("http_session_user", _USER, AUTOMATIC, "", "users"),
        ("transfer_user", "channels.auth.login", BY_HAND, "", "users"),
    ],
    "channels.binding.base": [
        (name, "a post_save receiver that sends to a group", BY_HAND, "data binding is gone", "binding")
        for name in ("Binding", "BindingMetaclass", "CREATE", "DELETE", "UPDATE")
    ],
    "channels.binding.websockets": [
        (name, "a post_save receiver that sends to a group", BY_HAND, "data binding is gone", "binding")
        for name in ("WebsocketBinding", "WebsocketBindingWithMembers")
    ],
    "channels.channel": [
        ("Channel", "channel_layer.send, to a consumer in ChannelNameRouter", PARTLY,
         "on Redis, where all that is sent is a dict without a type; needs a runworker process of its own",
         "custom-channels"),
        ("Group", _GROUP, PARTLY, "a group that is kept in a variable has no native counterpart", "groups"),
    ],
    "channels.exceptions": [
        ("ConsumeLater", "—", BY_HAND, "a native consumer must do or drop the work itself", "consumers"),
        ("RequestAborted", "channels.exceptions.RequestAborted", BY_HAND, "of the HTTP handler", "http"),
        ("RequestTimeout", "channels.exceptions.RequestTimeout", BY_HAND, "of the HTTP handler", "http"),
        ("ResponseLater", "channels.generic.http.AsyncHttpConsumer", BY_HAND, "of the HTTP handler", "http"),
    ],
    "channels.generic.base": [("BaseConsumer", "channels.consumer.SyncConsumer", BY_HAND, "", "generic-consumers")],
    "channels.generic.websockets": [
        ("JsonWebsocketConsumer", _GENERIC + "JsonWebsocketConsumer", PARTLY,
         "where nothing depends on an instance per message", "generic-consumers"),
        ("WebsocketConsumer", _GENERIC + "WebsocketConsumer", PARTLY,
         "where nothing depends on an instance per message", "generic-consumers"),
        ("WebsocketDemultiplexer", _GENERIC + "JsonWebsocketConsumer, or the package channelsmultiplexer", PARTLY,
         "where functions of the same file consume its streams", "generic-consumers"),
    ],
    "channels.handler": [
        (name, _DJANGO_ASGI, BY_HAND, "", "http") for name in ("AsgiHandler", "AsgiRequest", "ViewConsumer")
    ],
    "channels.log": [(name, "the setting LOGGING", BY_HAND, "", "settings") for name in ("handler", "setup_logger")],
    "channels.management.commands.runserver": [
        (name, "the runserver of daphne, or of channels 2 and 3", BY_HAND, "", "deployment")
        for name in ("Command", "WorkerThread")
    ],
    "channels.management.commands.runworker": [
        ("Command", "channels.management.commands.runworker.Command", BY_HAND, "", "deployment"),
    ],
    "channels.message": [("Message", "self.scope and the arguments of the method", BY_HAND, "", "consumers")],
    "channels.routing": [
        ("Include", _ROUTER, BY_HAND, "as include", "routing"),
        ("Route", _ROUTER, BY_HAND, "as route", "routing"),
        ("RouteClass", _ROUTER, BY_HAND, "as route_class", "routing"),
        ("Router", _ROUTER, BY_HAND, "internal", "routing"),
        ("include", _ROUTER, PARTLY, "a prefix that is not plain text may match differently", "routing"),
        ("null_consumer", "a consumer that only accepts", BY_HAND, "", "routing"),
        ("route", _ROUTER, PARTLY, "filters other than path have no counterpart", "routing"),
        ("route_class", _ROUTER, PARTLY, "as far as the class can be converted", "routing"),
    ],
    "channels.sessions": [
        ("channel_and_http_session", 'self.scope["session"]', BY_HAND, "is never None there", "sessions"),
        ("channel_session", _SESSION, PARTLY, "where it is used as a plain dict", "sessions"),
        ("enforce_ordering", "nothing: a native consumer runs in order", AUTOMATIC, "", "consumers"),
        ("http_session", 'self.scope["session"]', PARTLY, "where the code asks first whether it is None", "sessions"),
        ("session_for_reply_channel", _SESSION, BY_HAND, "", "sessions"),
    ],
    "channels.signals": [
        ("consumer_finished", "—", BY_HAND, "gone; database_sync_to_async closes old connections", "signals"),
        ("consumer_started", "—", BY_HAND, "gone; database_sync_to_async closes old connections", "signals"),
        ("worker_process_ready", "AppConfig.ready", BY_HAND, "", "signals"),
        ("worker_ready", "AppConfig.ready", BY_HAND, "", "signals"),
    ],
    "channels.staticfiles": [
        ("StaticFilesConsumer", "django.contrib.staticfiles.handlers.ASGIStaticFilesHandler", BY_HAND, "", "http"),
        ("StaticFilesHandler", "django.contrib.staticfiles.handlers.ASGIStaticFilesHandler", BY_HAND, "", "http"),
    ],
    "channels.tests.base": [
        (name, _COMMUNICATOR, BY_HAND, "tests become coroutines", "tests")
        for name in ("ChannelTestCase", "ChannelTestCaseMixin", "Client", "TransactionChannelTestCase", "apply_routes")
    ],
    "channels.tests.http": [("HttpClient", _COMMUNICATOR, BY_HAND, "tests become coroutines", "tests")],
    "channels.utils": [("name_that_thing", "—", BY_HAND, "internal", "consumers")],
    "channels.worker": [
        ("Worker", "channels.worker.Worker", BY_HAND, "internal", "deployment"),
        ("WorkerGroup", "channels.worker.Worker", BY_HAND, "internal", "deployment"),
    ],
}  # fmt: skip

# Names that the package itself, or a module, had from another one, where old code may import them from.
BORROWED: Dict[str, str] = {
    "channels.Channel": "channels.channel.Channel",
    "channels.Group": "channels.channel.Group",
    "channels.auth.channel_session": "channels.sessions.channel_session",
    "channels.auth.http_session": "channels.sessions.http_session",
    "channels.binding.Binding": "channels.binding.base.Binding",
    "channels.channel_layers": "channels.asgi.channel_layers",
    "channels.generic.BaseConsumer": "channels.generic.base.BaseConsumer",
    "channels.include": "channels.routing.include",
    "channels.route": "channels.routing.route",
    "channels.route_class": "channels.routing.route_class",
    "channels.routing.name_that_thing": "channels.utils.name_that_thing",
    "channels.sessions.AsgiRequest": "channels.handler.AsgiRequest",
    "channels.sessions.ConsumeLater": "channels.exceptions.ConsumeLater",
    "channels.staticfiles.AsgiHandler": "channels.handler.AsgiHandler",
    "channels.staticfiles.ViewConsumer": "channels.handler.ViewConsumer",
    "channels.tests.ChannelTestCase": "channels.tests.base.ChannelTestCase",
    "channels.tests.Client": "channels.tests.base.Client",
    "channels.tests.HttpClient": "channels.tests.http.HttpClient",
    "channels.tests.TransactionChannelTestCase": "channels.tests.base.TransactionChannelTestCase",
    "channels.tests.apply_routes": "channels.tests.base.apply_routes",
    "channels.worker.ConsumeLater": "channels.exceptions.ConsumeLater",
    "channels.worker.Message": "channels.message.Message",
    "channels.worker.consumer_finished": "channels.signals.consumer_finished",
    "channels.worker.consumer_started": "channels.signals.consumer_started",
    "channels.worker.name_that_thing": "channels.utils.name_that_thing",
    "channels.worker.worker_ready": "channels.signals.worker_ready",
}

# Names that channels >= 2 has too, under the same path: importing them needs no change.
UNCHANGED: FrozenSet[str] = frozenset(
    ("channels.DEFAULT_CHANNEL_LAYER", "channels.asgi.InvalidChannelLayerError", "channels.__version__")
)

# Names that channels >= 2 has under the same path for the same purpose, or for one that its own code needs.
KEPT: FrozenSet[str] = frozenset(
    (
        "channels.signals.consumer_finished",
        "channels.signals.consumer_started",
        "channels.staticfiles.AsgiHandler",
        "channels.staticfiles.StaticFilesHandler",
        "channels.worker.Worker",
    )
)

# The modules of channel layers that are gone, or would not work with today's redis-py and msgpack: their names.
LAYER_MODULES: Dict[str, Tuple[str, ...]] = {
    "asgi_ipc": ("IPCChannelLayer",),
    "asgi_ipc.core": ("IPCChannelLayer",),
    "asgi_redis": ("RedisChannelLayer", "RedisLocalChannelLayer"),
    "asgi_redis.core": ("BaseChannelLayer", "RedisChannelLayer"),
    "asgi_redis.local": ("RedisChannelLayer", "RedisLocalChannelLayer"),
    "asgiref.base_layer": ("BaseChannelLayer",),
    "asgiref.inmemory": ("BaseChannelLayer", "ChannelLayer", "channel_layer"),
}

# Modules of 0.17 that were never meant for projects.
INTERNAL: FrozenSet[str] = frozenset(
    (
        "channels.apps",
        "channels.hacks",
        "channels.management",
        "channels.management.commands",
        "channels.tests.settings",
    )
)

# Names of channels 1.x, which 0.17 had not: the shim does not have them yet.
OF_1X: Dict[str, str] = {
    "channels.delay": "channels.delay",
    "channels.test": "channels.tests",
    "channels.security": "channels.security",
    "channels.exceptions.DenyConnection": "channels.exceptions.DenyConnection",
    "channels.sessions.channel_and_http_session_user_from_http": "channels.auth.channel_session_user_from_http",
}


def _three(native: _Native) -> Tuple[str, str, str]:
    return native if isinstance(native, tuple) else (native, native, native)


def shim_of(old: str) -> str:
    """Where something of the old package ``channels`` is on the shim; ``old`` is a dotted name in it."""
    return "compat.v0" + old[len("channels") :]


def _names() -> Iterator[Row]:
    rows: Dict[str, Row] = {}
    for module, names in _OWN_NAMES.items():
        for name, native, how, why, heading in names:
            old = f"{module}.{name}"
            rows[old] = Row(old, NAME, shim_of(old), _three(native), how, why, _GUIDE + heading, "SH101")
    for old, origin in BORROWED.items():
        rows[old] = rows[origin]._replace(old=old, shim=shim_of(old))
    return (rows[old] for old in sorted(rows))


def _layer_modules() -> Iterator[Row]:
    for old in LAYER_MODULES:
        yield _other(old, MODULE, "channels.layers, channels_redis.core", BY_HAND, "asynchronous", "layers", "SH105")


def _other(old: str, kind: str, native: _Native, how: str, why: str, heading: str, rule: str, shim: str = "") -> Row:
    return Row(old, kind, shim or old, _three(native), how, why, _GUIDE + heading, rule)


ROWS: Tuple[Row, ...] = (
    *_names(),
    *_layer_modules(),
    # --- settings ---
    _other("INSTALLED_APPS", SETTING, '"channels" (channels 4: also "daphne", first)', BY_HAND,
           "what serves the project is your choice", "settings", "SH104", '"compat" beside "channels"'),
    _other("CHANNEL_LAYERS ROUTING", SETTING, "ASGI_APPLICATION", PARTLY, "goes with the last route", "settings",
           "NA201"),
    _other("CHANNEL_ROUTING", SETTING, "ASGI_APPLICATION", PARTLY, "goes with the last route", "settings", "NA201"),
    _other("asgiref.inmemory.ChannelLayer", SETTING, "channels.layers.InMemoryChannelLayer", BY_HAND,
           "goes with the last use of the old API", "settings", "SH105"),
    _other("asgi_redis.RedisChannelLayer", SETTING, "channels_redis.core.RedisChannelLayer", BY_HAND,
           "goes with the last use of the old API", "settings", "SH105"),
    _other("asgi_redis.RedisLocalChannelLayer", SETTING, "channels_redis.core.RedisChannelLayer", BY_HAND,
           "goes with the last use of the old API", "settings", "SH105"),
    _other("asgi_ipc.IPCChannelLayer", SETTING, "channels_redis.core.RedisChannelLayer", BY_HAND,
           "has no successor between processes but Redis", "settings", "SH105"),
    _other("asgi_amqp.AMQPChannelLayer", SETTING, "channels_redis.core.RedisChannelLayer", BY_HAND,
           "was never ported to channels 2", "settings", "SH105"),
    _other("asgi_rabbitmq.RabbitmqChannelLayer", SETTING, "channels_redis.core.RedisChannelLayer", BY_HAND,
           "was never ported to channels 2", "settings", "SH105"),
    *(
        _other(f"CHANNEL_LAYERS CONFIG {key}", SETTING, f"CONFIG {key}", AUTOMATIC, "", "settings", "SH105")
        for key in ("capacity", "channel_capacity", "expiry", "group_expiry", "hosts", "prefix",
                    "symmetric_encryption_keys")
    ),
    _other("CHANNEL_LAYERS TEST_CONFIG", SETTING, "TEST_CONFIG", AUTOMATIC, "", "settings", "SH105"),
    _other("CHANNEL_SESSION_ENGINE", SETTING, "SESSION_ENGINE", BY_HAND, "native consumers have Django's session only",
           "sessions", "NA201"),
    _other("CHANNELS_WS_PROTOCOLS", SETTING, "self.accept(subprotocol=…)", BY_HAND, "the consumer chooses",
           "settings", "NA201"),
    # --- commands ---
    _other("daphne project.asgi:channel_layer", COMMAND, "daphne project.asgi:application", BY_HAND,
           "when nothing of the old API is left", "deployment", "NA202"),
    _other("manage.py runworker", COMMAND, "manage.py runworker CHANNEL…, for custom channels only", BY_HAND,
           "websocket consumers run in the server", "deployment", "NA202"),
    *(
        _other(f"manage.py runworker {flag}", COMMAND, native, BY_HAND, "websocket consumers run in the server",
               "deployment", "NA202")
        for flag, native in (
            ("--only-channels", "manage.py runworker CHANNEL…"),
            ("--exclude-channels", "manage.py runworker CHANNEL…"),
            ("--threads", "several processes"),
            ("--layer", "manage.py runworker --layer"),
        )
    ),
    _other("manage.py runserver", COMMAND, "manage.py runserver", AUTOMATIC, "", "deployment", "NA202"),
    _other("manage.py runserver --noworker", COMMAND, "manage.py runserver", BY_HAND, "there is no worker in it",
           "deployment", "NA202"),
    _other("daphne --ws-protocol", COMMAND, "self.accept(subprotocol=…)", BY_HAND, "the consumer chooses",
           "deployment", "NA202", "CHANNELS_WS_PROTOCOLS in the settings"),
    # --- what a consumer is given ---
    _other("message.reply_channel", MESSAGE, "self.send(…), self.close(), self.channel_name", PARTLY,
           "kept in a variable or handed to other code it has no counterpart", "consumers", "NA201"),
    _other("message['reply_channel']", MESSAGE, "self.channel_name", AUTOMATIC, "", "consumers", "NA201"),
    _other("message.channel", MESSAGE, "the method that is called", BY_HAND, "one method for each kind of event",
           "consumers", "NA201"),
    _other("message.content", MESSAGE, "text_data, bytes_data, code", PARTLY, "key by key", "consumers", "NA201"),
    _other("message['text']", MESSAGE, "text_data", AUTOMATIC, "", "consumers", "NA201"),
    _other("message['bytes']", MESSAGE, "bytes_data", AUTOMATIC, "", "consumers", "NA201"),
    _other("message['code']", MESSAGE, "code", AUTOMATIC, "", "consumers", "NA201"),
    _other("message['path']", MESSAGE, 'self.scope["path"]', AUTOMATIC, "", "consumers", "NA201"),
    _other("message['order']", MESSAGE, "nothing: a native consumer runs in order", BY_HAND, "is counted no more",
           "consumers", "NA201"),
    _other("message['client']", MESSAGE, 'self.scope["client"]', AUTOMATIC, "", "consumers", "NA201"),
    _other("message['server']", MESSAGE, 'self.scope["server"]', BY_HAND, "may be None there", "consumers", "NA201"),
    _other("message['headers']", MESSAGE, 'self.scope["headers"]', AUTOMATIC, "", "consumers", "NA201"),
    _other("message['query_string']", MESSAGE, 'self.scope["query_string"].decode()', PARTLY,
           "0.17 gave it decoded: only where a parser reads it", "consumers", "NA201"),
    _other("message.user", MESSAGE, _USER, AUTOMATIC, "", "users", "NA201"),
    _other("message.channel_session", MESSAGE, _SESSION, PARTLY, "where it is used as a plain dict", "sessions",
           "NA201"),
    _other("message.http_session", MESSAGE, 'self.scope["session"]', PARTLY,
           "where the code asks first whether it is None", "sessions", "NA201"),
    _other("message.channel_layer", MESSAGE, "self.channel_layer", BY_HAND, "is asynchronous", "layers", "NA201"),
    *(
        _other(f"message['{key}']", MESSAGE, native, BY_HAND, "becomes a view", "http", "NA201")
        for key, native in (
            ("method", "request.method"),
            ("scheme", "request.scheme"),
            ("body", "request.body"),
            ("root_path", 'request.META["SCRIPT_NAME"]'),
            ("http_version", 'request.scope["http_version"]'),
        )
    ),
    # --- channels that messages come in on ---
    _other("websocket.connect", MESSAGE, "connect(self)", PARTLY, "as its consumer", "consumers", "NA201"),
    _other("websocket.receive", MESSAGE, "receive(self, text_data, bytes_data)", PARTLY, "as its consumer", "consumers",
           "NA201"),
    _other("websocket.disconnect", MESSAGE, "disconnect(self, code)", PARTLY, "as its consumer", "consumers", "NA201"),
    _other("http.request", MESSAGE, "a view", BY_HAND, "becomes a view", "http", "NA201"),
    _other("http.disconnect", MESSAGE, "—", BY_HAND, "a view is not told", "http", "NA201"),
    # --- what a consumer sends ---
    _other("{'text': …}", MESSAGE, "self.send(text_data=…)", PARTLY, "where the dict is written out", "consumers",
           "NA201"),
    _other("{'bytes': …}", MESSAGE, "self.send(bytes_data=…)", PARTLY,
           "by way of a method websocket_send, which understands the old dict", "consumers", "NA201"),
    _other("{'close': True}", MESSAGE, "self.close()", PARTLY, "where the dict is written out", "consumers", "NA201"),
    _other("{'accept': True}", MESSAGE, "self.accept()", PARTLY, "of channels 1.x; where the dict is written out",
           "consumers", "NA201"),
    *(
        _other(f"{{'{key}': …}}", MESSAGE, native, BY_HAND, "becomes a view", "http", "NA201")
        for key, native in (
            ("status", "HttpResponse(status=…)"),
            ("headers", "response.headers"),
            ("content", "HttpResponse(…)"),
            ("more_content", "StreamingHttpResponse(…)"),
        )
    ),
    # --- requirements ---
    _other("channels", PACKAGE, ("channels>=2.4,<3", "channels>=3.0.5,<4", "channels>=4.3,<5"), AUTOMATIC, "",
           "requirements", "SH106", "channels-compat beside it"),
    _other("daphne", PACKAGE, ("daphne>=2.5,<3", "daphne>=3.0.2,<4", "daphne>=4.2,<5"), AUTOMATIC, "",
           "requirements", "SH106"),
    _other("asgi_redis", PACKAGE,
           ("channels_redis>=2.4.2,<3", "channels_redis>=3.4.1,<4", "channels_redis>=4.3,<5"), AUTOMATIC, "",
           "requirements", "SH106"),
    _other("asgi_ipc", PACKAGE, "nothing", AUTOMATIC, "", "requirements", "SH106"),
    _other("asgiref", PACKAGE, "what channels asks for", AUTOMATIC, "", "requirements", "SH106"),
)  # fmt: skip

def _names_by_module() -> Dict[str, FrozenSet[str]]:
    found: Dict[str, List[str]] = {}
    for row in ROWS:
        if row.kind == NAME:
            module, _, name = row.old.rpartition(".")
            found.setdefault(module, []).append(name)
    return {module: frozenset(names) for module, names in found.items()}


# module -> its old names
NAMES: Dict[str, FrozenSet[str]] = _names_by_module()

MODULES: FrozenSet[str] = frozenset(NAMES) - {"channels"}

# Old modules whose path exists in channels >= 2 too (signals and staticfiles not in 4): there the old names count.
SHARED_MODULES: FrozenSet[str] = frozenset(
    (
        "channels.auth",
        "channels.exceptions",
        "channels.generic",
        "channels.routing",
        "channels.sessions",
        "channels.signals",
        "channels.staticfiles",
        "channels.utils",
        "channels.worker",
    )
)

BY_OLD: Dict[str, Row] = {row.old: row for row in ROWS}


def find(old: str) -> Row:
    """The row of a dotted old name, also of something inside of it (``channels.Group.send``); of its module if it
    has none of its own.

    Raises:
        KeyError: the old package had nothing of that name.
    """
    parts = old.split(".")
    for end in range(len(parts), 0, -1):
        row = BY_OLD.get(".".join(parts[:end]))
        if row is not None and row.kind == NAME:
            return row
        if ".".join(parts[:end]) in MODULES - SHARED_MODULES:
            return BY_OLD[".".join([*parts[:end], min(NAMES[".".join(parts[:end])])])]
    raise KeyError(old)


def is_old(dotted: str) -> bool:
    """Whether ``dotted`` names something of channels 0.17 that channels >= 2 lacks, or has for other purposes."""
    if dotted in UNCHANGED:
        return False
    try:
        find(dotted)
    except KeyError:
        return False
    return True
