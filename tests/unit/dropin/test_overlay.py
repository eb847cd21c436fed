"""The old import paths, in processes of their own: what is installed in one could not be undone for other tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.processes import Project

from compat.dropin.names import PACKAGE, SHARED, VANISHED
from compat.v2 import versions

SETUP = """
import compat, importlib, json, sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
)
"""
INSTALL = "compat.install()\nimport django; django.setup()\n"


def execute(tmp_path: Path, code: str, install: bool = True) -> Any:
    """What ``code`` prints as JSON, after settings are there and compat is installed."""
    return Project(tmp_path, {}).execute(SETUP + (INSTALL if install else "") + code).json()


def listed(names: Any) -> str:
    return repr(sorted(names))


def test_every_vanished_module_is_ours(tmp_path: Path) -> None:
    code = f"""
different = [name for name in {listed(VANISHED)}
             if importlib.import_module(name) is not importlib.import_module("compat.v0" + name[8:])]
print(json.dumps(different))
"""
    assert execute(tmp_path, code) == []


def test_every_added_name_is_ours_and_every_name_of_today_is_still_there(tmp_path: Path) -> None:
    names = {module: sorted(names) for module, names in SHARED.items()}
    code = f"""
different, hidden = [], []
for module, names in {names!r}.items():
    overlaid = importlib.import_module(module)
    ours = importlib.import_module("compat.v0" + module[8:])
    # A name that channels has kept itself (name_that_thing) is its own.
    different += [(module, name) for name in names
                  if name not in vars(overlaid) and getattr(overlaid, name) is not getattr(ours, name)]
    hidden += [(module, name) for name in names if name not in dir(overlaid)]
print(json.dumps([different, hidden]))
"""
    assert execute(tmp_path, code) == [[], []]


def test_the_package_has_its_old_names(tmp_path: Path) -> None:
    code = f"""
import channels
homes = {PACKAGE!r}
print(json.dumps([
    [name for name in homes if getattr(channels, name) is not getattr(importlib.import_module(homes[name]), name)],
    [name for name in homes if name not in dir(channels)],
    channels.DEFAULT_CHANNEL_LAYER,
]))
"""
    assert execute(tmp_path, code) == [[], [], "default"]


IMPORTS = """
from channels import Channel, Group, include, route, route_class, channel_layers, DEFAULT_CHANNEL_LAYER
from channels.asgi import get_channel_layer, channel_layers as of_asgi
from channels.channel import Channel as one, Group as other
from channels.exceptions import ConsumeLater, RequestAborted
from channels.generic import BaseConsumer
from channels.generic.base import BaseConsumer as base
from channels.generic.websockets import JsonWebsocketConsumer, WebsocketConsumer
from channels.log import setup_logger
from channels.message import Message
from channels.routing import Router, include as of_routing, null_consumer, route as routing_route
from channels.signals import consumer_started, consumer_finished, worker_ready
from channels.utils import name_that_thing
"""


def test_old_code_imports_what_it_always_did(tmp_path: Path) -> None:
    code = (
        IMPORTS
        + """
import compat.v0.routing, compat.v0.signals
assert routing_route is route is compat.v0.routing.route
assert (one, other) == (Channel, Group)
assert of_asgi is channel_layers
assert base is BaseConsumer and issubclass(WebsocketConsumer, BaseConsumer)
assert consumer_started is compat.v0.signals.consumer_started
assert Group("g").channel_layer is channel_layers["default"]
print(json.dumps(get_channel_layer() is channel_layers["default"].channel_layer))
"""
    )
    assert execute(tmp_path, code) is True


def test_native_code_imports_what_it_always_did(tmp_path: Path) -> None:
    code = """
from channels.consumer import AsyncConsumer
from channels.exceptions import ChannelFull, StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from channels.auth import AuthMiddlewareStack
from channels.worker import Worker
from channels.db import database_sync_to_async
import channels.generic.websockets
assert channels.generic.websockets.WebsocketConsumer is not WebsocketConsumer
print(json.dumps(type(get_channel_layer()).__module__))
"""
    assert execute(tmp_path, code) == "compat.v2.memory"


@pytest.mark.parametrize("early", sorted(SHARED))
def test_a_module_that_was_imported_before_has_its_old_names_too(tmp_path: Path, early: str) -> None:
    if early in ("channels.signals", "channels.staticfiles") and not versions.HAS_CHANNELS_SIGNALS:
        pytest.skip("channels 4 has it no more")
    code = f"""
import django; django.setup()
early = importlib.import_module({early!r})
before = dict(vars(early))
compat.install()
assert importlib.import_module({early!r}) is early
missing = [name for name in {listed(SHARED[early])} if not hasattr(early, name) or name not in dir(early)]
gone = [name for name in before if not name.startswith("_") and not hasattr(early, name)]
print(json.dumps([missing, gone]))
"""
    assert execute(tmp_path, code, install=False) == [[], []]


def test_modules_below_one_that_was_imported_before_are_found(tmp_path: Path) -> None:
    code = """
import channels.generic.websocket
compat.install()
from channels.generic.websockets import WebsocketConsumer
from channels.generic.base import BaseConsumer
print(json.dumps(issubclass(WebsocketConsumer, BaseConsumer)))
"""
    assert execute(tmp_path, code, install=False) is True


def test_installing_again_changes_nothing(tmp_path: Path) -> None:
    code = """
import channels
from channels.layers import ChannelLayerManager
from django.conf import Settings
def state():
    return (list(channels.__path__), dir(channels), list(sys.path), list(sys.meta_path), vars(channels)["__getattr__"],
            ChannelLayerManager.configs, Settings.__init__)
before = state()
for _ in range(3):
    compat.install()
print(json.dumps(state() == before))
"""
    assert execute(tmp_path, code) is True


UNINSTALLED = """
import channels, channels.routing, channels.layers, channels.worker
from django.conf import Settings
def state():
    return (list(channels.__path__), sorted(vars(channels)), sorted(vars(channels.routing)),
            sorted(vars(channels.worker)), channels.worker.Worker,
            channels.layers.ChannelLayerManager.configs, Settings.__init__, list(sys.path), list(sys.meta_path))
names = %r
before = state()
found = []
for _ in range(2):
    compat.install()
    from channels import Group
    from channels.generic.websockets import WebsocketConsumer
    from channels.routing import route
    compat.uninstall()
    for name in names:
        module, _, attribute = name.rpartition(":")
        try:
            found.append((name, bool(getattr(importlib.import_module(module or name), attribute or "__name__"))))
        except (ImportError, AttributeError):
            pass
compat.uninstall()
different = [n for n, (one, other) in enumerate(zip(before, state())) if one != other]
from channels.routing import URLRouter
print(json.dumps([found, different]))
"""


def test_uninstalling_takes_everything_back(tmp_path: Path) -> None:
    names = ["channels:Group", "channels:route", "channels.routing:route", "channels.generic.websockets"]
    names += ["channels.asgi", "channels.message", "channels.worker:WorkerGroup"]
    found, different = execute(tmp_path, UNINSTALLED % names, install=False)
    assert found == []
    # Importing a submodule makes it an attribute of its package, which is no trace of ours.
    assert set(different) <= {1}


def test_what_is_not_there_is_an_error_as_ever(tmp_path: Path) -> None:
    code = """
import channels, channels.routing
errors = []
for module, name in ((channels, "NoSuchThing"), (channels.routing, "no_such_thing")):
    try:
        getattr(module, name)
    except AttributeError as error:
        errors.append(str(error))
try:
    from channels import no_such_module
except ImportError as error:
    errors.append(type(error).__name__)
try:
    import channels.no_such_module
except ImportError as error:
    errors.append(str(error))
print(json.dumps(errors))
"""
    assert execute(tmp_path, code) == [
        "module 'channels' has no attribute 'NoSuchThing'",
        "module 'channels.routing' has no attribute 'no_such_thing'",
        "ImportError",
        "No module named 'channels.no_such_module'",
    ]


def test_a_name_is_imported_when_it_is_asked_for_and_not_before(tmp_path: Path) -> None:
    code = """
before = sorted(name for name in sys.modules if name.startswith("compat.v0"))
from channels import Group
print(json.dumps([before, "compat.v0.channel" in sys.modules]))
"""
    assert Project(tmp_path, {}).execute(SETUP + "compat.install()\n" + code).json() == [[], True]


def test_threads_that_import_at_once_get_one_module(tmp_path: Path) -> None:
    code = """
import threading
barrier, found, errors = threading.Barrier(8), [], []
def load():
    barrier.wait(20)
    try:
        import channels.routing, channels.generic.websockets
        routing, websockets = channels.routing, channels.generic.websockets
        found.append((routing.route, routing.URLRouter, websockets.WebsocketConsumer))
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=load) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join(20)
print(json.dumps([errors, len(found), len(set(found))]))
"""
    assert execute(tmp_path, code) == [[], 8, 1]


def test_a_module_is_not_seen_before_it_has_all_its_names(tmp_path: Path) -> None:
    code = """
import threading
from compat.dropin import overlay
extend, begun, other_is_done, found = overlay._extend, threading.Event(), threading.Event(), []
def slow_extend(module):
    begun.set()
    found.append("seen too early" if other_is_done.wait(0.5) else "not seen")
    return extend(module)
overlay._extend = slow_extend
def load():
    begun.wait(20)
    import channels.routing
    other_is_done.set()
    found.append(channels.routing.route.__module__)
other = threading.Thread(target=load)
other.start()
import channels.routing
other.join(20)
print(json.dumps(found))
"""
    assert execute(tmp_path, code) == ["not seen", "compat.v0.routing"]


def test_objects_of_old_classes_can_be_pickled(tmp_path: Path) -> None:
    code = """
import pickle
from channels.exceptions import ConsumeLater
from channels.generic.websockets import WebsocketConsumer
print(json.dumps([pickle.loads(pickle.dumps(thing)) is thing for thing in (ConsumeLater, WebsocketConsumer)]))
"""
    assert execute(tmp_path, code) == [True, True]


MIXING = """
from django.urls import re_path
from channels.auth import channel_session
from channels.routing import URLRouter
from channels.generic.websockets import WebsocketConsumer
from compat.v0.routing import route

def plain(message): pass
def named(message, room, name): pass
decorated = channel_session(plain)
class Board(WebsocketConsumer): pass

async def application(scope, receive, send): pass
def of_channels_2(scope): pass
class Callable:
    def __call__(self, scope): pass

def said(consumer):
    try:
        URLRouter([re_path("^other$", application), re_path("^x$", consumer)])
    except Exception as error:
        return type(error).__name__ + ": " + str(error)

legacy = {name: said(value) for name, value in
          {"plain": plain, "named": named, "plain ": decorated, "Board": Board}.items()}
native = [said(value) for value in (application, of_channels_2, Callable(), URLRouter([]))]
try:
    Board.as_asgi()
except Exception as error:
    as_asgi = type(error).__name__ + ": " + str(error)
print(json.dumps([legacy, native, as_asgi]))
"""


def test_a_legacy_consumer_in_a_urlrouter_is_named(tmp_path: Path) -> None:
    legacy, native, as_asgi = execute(tmp_path, MIXING)
    for name, said in legacy.items():
        assert said.startswith(f"ImproperlyConfigured: __main__.{name.strip()} is a consumer of channels 0.17")
        assert said.endswith("See migration_guide/errors.md#legacy-in-urlrouter")
    assert as_asgi == legacy["Board"]
    assert native == [None] * 4
