"""Everything that channels 0.17.3 let projects import is here, and can be called as it could be there.

Judged by what tests/conformance/surface.py has recorded on the old stack.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import surface
from support.processes import Project

from compat.dropin.names import LAYER_MODULES, shim_of
from compat.v2 import versions

RECORD = Path(surface.__file__).parent / "golden" / "surface.json"
RECORDED: dict[str, dict[str, Any]] = json.loads(RECORD.read_text("utf-8"))


def ours(module: str) -> str:
    """The module that stands in for an old one; layers have no module of their own but the old one."""
    return module if module in LAYER_MODULES else shim_of(module)


# module:name or module:class.member -> why it is different, for good. Each is checked to be so.
DIFFERENT: dict[str, str] = {
    "channels:default_app_config": "tells Django before 3.2 of an AppConfig; compat has its own",
    "channels.hacks": "a step of the old AppConfig, which compat.dropin.project.prepare() does in another way",
    "asgiref.inmemory:ChannelLayer.thread_lock": "inside the layer",
    "asgiref.inmemory:ChannelLayer.extensions": "told by the layer, not by its class",
    **{
        f"asgi_redis.{where}.{name}": "inside the layer, which is channels_redis now"
        for where in ("core:RedisChannelLayer", "local:RedisLocalChannelLayer")
        for name in (
            "blpop_timeout",
            "chansend",
            "client_prefix",
            "connection",
            "consistent_hash",
            "crypter",
            "delprefix",
            "deserialize",
            "extensions",
            "hosts",
            "lpopmany",
            "lua_chansend",
            "lua_delprefix",
            "lua_lpopmany",
            "make_fernet",
            "prefix",
            "random_index",
            "receive_many_twisted",
            "ring_divisor",
            "ring_size",
            "serialize",
        )
    },
    "asgi_redis.local:RedisLocalChannelLayer.local_layer": "there is none",
}
# Values that change while a program runs.
STATE = {"binding_classes", "register_immediately"}


# --- the comparison ------------------------------------------------------------------------------


def stars(parameters: list[str]) -> set[str]:
    """Which of * and ** the parameters have; not a lone * before those that can only be named."""
    return {each[: len(each) - len(each.lstrip("*"))] for each in parameters if each.startswith("*") and each != "*"}


def fits(old: list[str], new: list[str]) -> bool:
    """Whether all calls that suit the parameters ``old`` suit ``new``, and mean the same."""
    named = [parameter for parameter in old if not parameter.startswith("*")]
    if new[: len(named)] != named or not stars(old) <= stars(new):
        return False
    added = [parameter for parameter in new[len(named) :] if not parameter.startswith("*")]
    # What is added must be optional, and nothing that an old call can mean otherwise.
    return all("=" in parameter for parameter in added) and not (added and stars(old))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b=1", "a b=1", True),
        ("a", "a b=1", True),
        ("a", "a * b=1", True),
        ("a", "a **b", True),
        ("a **b", "a **c", True),
        ("a", "a b", False),
        ("a", "a * b", False),
        ("a", "b", False),
        ("a b", "b a", False),
        ("a b=1", "a b=2", False),
        ("a b=1", "a b", False),
        ("a b", "a", False),
        ("a **b", "a", False),
        ("a *b", "a **b", False),
        ("a *b", "a * b=1", False),
        ("a **b", "a c=1 **b", False),
    ],
)
def test_which_parameters_suit_all_old_calls(old: str, new: str, expected: bool) -> None:
    assert fits(old.split(), new.split()) == expected


def compare(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Differences, as (where, what), between two descriptions of functions, members of classes or values."""
    kinds = old["kind"], new["kind"]
    if kinds[0] != kinds[1]:
        yield where, f"{kinds[0]} was {kinds[1]}"
    elif "signature" in old:
        if not fits(old["signature"], new["signature"]):
            yield where, f"({', '.join(old['signature'])}) became ({', '.join(new['signature'])})"
    elif "bases" in old:
        missing = {old["name"], *old["bases"]} - {new["name"], *new["bases"]}
        if missing:
            yield where, f"is not derived from {sorted(missing)}"
    elif "value" in old and where.rpartition(".")[2] not in STATE and old["value"] != new["value"]:
        yield where, f"{old['value']} became {new['value']}"


def compare_class(where: str, old: dict[str, Any], cls: type) -> Iterator[tuple[str, str]]:
    missing = set(old["bases"]) - set(surface.bases(cls))
    if missing:
        yield where, f"is not derived from {sorted(missing)}"
    declared = {name for each in cls.__mro__[:-1] if each is not type for name in vars(each).get("__annotations__", ())}
    for name in sorted(set(old["attributes"]) - surface.set_on_self(cls) - declared):
        if not hasattr(cls, name):
            yield f"{where}.{name}", "is set nowhere"
    for name, described in old["members"].items():
        if hasattr(cls, name):
            yield from compare(f"{where}.{name}", described, surface.member(cls, name))
        else:
            yield f"{where}.{name}", "is missing"


def differences(module_name: str) -> Iterator[tuple[str, str]]:
    try:
        module = importlib.import_module(ours(module_name))
    except ImportError as error:
        yield module_name, str(error)
        return
    for name, old in RECORDED[module_name].items():
        where = f"{module_name}:{name}"
        if not hasattr(module, name):
            yield where, "is missing"
            continue
        thing = getattr(module, name)
        if old["kind"] == "same as":
            home, _, original = old["name"].rpartition(".")
            if home in RECORDED and thing is not getattr(importlib.import_module(ours(home)), original):
                yield where, f"is not {old['name']}"
        elif old["kind"] == "class" and inspect.isclass(thing):
            yield from compare_class(where, old, thing)
        else:
            yield from compare(where, old, surface.describe(thing))


@pytest.mark.parametrize("module", sorted(RECORDED))
def test_a_module_has_its_names_with_their_signatures(module: str) -> None:
    found = dict(differences(module))
    excused = {where for where in DIFFERENT if where.split(":")[0] == module}
    assert {where: what for where, what in found.items() if where not in excused} == {}
    assert excused - found.keys() == set(), "that is so no more: remove it from the table"


def test_the_tables_name_what_is_recorded() -> None:
    assert {where.split(":")[0] for where in DIFFERENT} <= RECORDED.keys()


# --- under the old import paths ------------------------------------------------------------------

# Where the overlay leaves what the installed channels has under the name.
NATIVE = {
    "channels.apps:BindingMetaclass": "Django looks into this module before models may be imported",
    "channels.utils:name_that_thing": "names the same things the same",
    "channels.worker:Worker": "one class that is both",
    "channels.worker:logger": "channels' worker writes with it",
}
if versions.HAS_CHANNELS_SIGNALS:
    NATIVE["channels.staticfiles:AsgiHandler"] = NATIVE["channels.staticfiles:StaticFilesHandler"] = (
        "channels' runserver of static files is made of it"
    )

EXECUTE = """
import compat, importlib, json
from django.conf import settings
settings.configure(
    SECRET_KEY="x",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}},
)
compat.install()
import django; django.setup()
different = []
for module, names in json.loads(%r):
    old, ours = importlib.import_module(module), importlib.import_module("compat.v0" + module[len("channels"):])
    different += [module + ":" + name for name in names if getattr(old, name, None) is not getattr(ours, name)]
print(json.dumps(different))
"""


def test_old_import_paths_lead_to_the_same_objects(tmp_path: Path) -> None:
    wanted = [
        (module, [name for name in names if f"{module}:{name}" not in DIFFERENT])
        for module, names in RECORDED.items()
        if module not in LAYER_MODULES and module not in DIFFERENT
    ]
    found = Project(tmp_path, {}).execute(EXECUTE % json.dumps(wanted)).json()
    assert sorted(found) == sorted(NATIVE)
