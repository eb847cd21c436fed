"""One catalogue: what the overlay, the rewriter and the guide say must be the same."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from compat import catalogue
from compat.dropin import names
from compat.rewriter.registry import all_rules

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "migration_guide"
NAMES = {row.old for row in catalogue.ROWS if row.kind == catalogue.NAME}


SURFACE = json.loads((REPOSITORY / "tests/conformance/golden/surface.json").read_text("utf-8"))
# Nobody's reason to import channels.
INCIDENTAL = {"default_app_config", "logger"}

# What 61 public projects for channels 0.x and 1.x, and the old stack's own documentation, have besides names.
SETTINGS = """
    INSTALLED_APPS; CHANNEL_ROUTING; CHANNEL_SESSION_ENGINE; CHANNELS_WS_PROTOCOLS; CHANNEL_LAYERS ROUTING;
    CHANNEL_LAYERS TEST_CONFIG; CHANNEL_LAYERS CONFIG hosts; CHANNEL_LAYERS CONFIG capacity;
    CHANNEL_LAYERS CONFIG channel_capacity; CHANNEL_LAYERS CONFIG expiry; CHANNEL_LAYERS CONFIG group_expiry;
    CHANNEL_LAYERS CONFIG prefix; CHANNEL_LAYERS CONFIG symmetric_encryption_keys; asgiref.inmemory.ChannelLayer;
    asgi_redis.RedisChannelLayer; asgi_redis.RedisLocalChannelLayer; asgi_ipc.IPCChannelLayer;
    asgi_amqp.AMQPChannelLayer; asgi_rabbitmq.RabbitmqChannelLayer
"""
COMMANDS = """
    daphne project.asgi:channel_layer; daphne --ws-protocol; manage.py runserver; manage.py runserver --noworker;
    manage.py runworker; manage.py runworker --only-channels; manage.py runworker --exclude-channels;
    manage.py runworker --threads; manage.py runworker --layer
"""
SENT = """
    {'text': …}; {'bytes': …}; {'close': True}; {'accept': True}; {'status': …}; {'headers': …}; {'content': …};
    {'more_content': …}
"""
# What the decorators give a message.
DECORATED = """message.user; message.channel_session; message.http_session"""


def rows_of(kind: str) -> set[str]:
    return {row.old for row in catalogue.ROWS if row.kind == kind}


def listed(text: str) -> set[str]:
    return {" ".join(each.split()) for each in text.split(";")}


def observed() -> list[dict[str, Any]]:
    """What consumers were given on the real old stack: the recorded messages of sockets and requests."""
    found = []
    for name in ("contents_plain", "contents_headers", "disconnect_codes", "http_request_contents"):
        record = json.loads((REPOSITORY / f"tests/conformance/golden/{name}.json").read_text("utf-8"))
        for layer in ("memory", "redis"):
            data = [event["data"] for event in record.get(layer, {}).get("observed", [])]
            found += [each for each in data if "channel" in each and "content" in each]
    return found


def test_no_row_is_there_twice() -> None:
    assert len({(row.old, row.kind) for row in catalogue.ROWS}) == len(catalogue.ROWS)


def test_every_name_of_0_17_3_has_a_row() -> None:
    """Every one that a module binds, as recorded on the real old stack; what it only imports, by the row of what that
    is."""
    missing = []
    for module, bound in SURFACE.items():
        if module.split(".")[0] != "channels" or module in catalogue.INTERNAL:
            continue
        for name, what in bound.items():
            old = f"{module}.{name}"
            if old in NAMES | catalogue.UNCHANGED or name in INCIDENTAL:
                continue
            # A module that vanished is the shim's as a whole, so all its names are there.
            vanished = module in catalogue.MODULES - catalogue.SHARED_MODULES
            if not (what["kind"] == "same as" and vanished):
                missing.append(old)
    assert missing == []


def test_every_row_for_a_name_is_of_0_17_3() -> None:
    assert [old for old in sorted(NAMES) if old.rpartition(".")[2] not in SURFACE[old.rpartition(".")[0]]] == []


def test_borrowed_names_are_what_they_were_on_the_old_stack() -> None:
    def end(name: str) -> str:
        what = SURFACE[name.rpartition(".")[0]][name.rpartition(".")[2]]
        return end(what["name"]) if what["kind"] == "same as" else name

    assert {old: end(old) for old in catalogue.BORROWED} == {
        old: end(origin) for old, origin in catalogue.BORROWED.items()
    }


def test_the_names_of_layer_modules_are_those_of_the_old_stack() -> None:
    recorded = {module: set(bound) for module, bound in SURFACE.items() if module.split(".")[0] != "channels"}
    # asgi_ipc needs POSIX semaphores, and is not in the recorded stack.
    ours = {module: set(bound) for module, bound in catalogue.LAYER_MODULES.items() if "asgi_ipc" not in module}
    assert ours == recorded
    assert set(catalogue.LAYER_MODULES) == rows_of(catalogue.MODULE)


def test_settings_and_commands_have_rows_and_no_others_have() -> None:
    assert rows_of(catalogue.SETTING) == listed(SETTINGS)
    assert rows_of(catalogue.COMMAND) == listed(COMMANDS)


def test_every_key_of_a_message_has_a_row_and_every_row_is_one() -> None:
    found = observed()
    assert {each["channel"] for each in found} >= {"websocket.connect", "websocket.receive", "websocket.disconnect"}
    keys = {f"message['{key}']" for each in found for key in each["content"]}
    attributes = {f"message.{name}" for each in found for name in each.get("attributes", ())}
    channels = {each["channel"] for each in found} | {"http.disconnect"}
    wanted = keys | attributes | channels | listed(SENT) | listed(DECORATED)
    assert rows_of(catalogue.MESSAGE) == wanted


def test_what_the_overlay_keeps_is_in_channels() -> None:
    spec = importlib.util.find_spec("channels")
    assert spec is not None
    assert spec.origin is not None
    for old in catalogue.KEPT:
        _, module, name = old.split(".")
        path = Path(spec.origin).with_name(f"{module}.py")
        # The file, and not the module, which the overlay may have changed. channels 4 has not all of them.
        assert not path.exists() or name in path.read_text("utf-8")
    assert {".".join(merged) for merged in names.MERGED} <= catalogue.KEPT


@pytest.mark.parametrize("area", catalogue.AREAS.values(), ids=lambda area: area.title)
def test_every_area_has_a_page(area: catalogue.Area) -> None:
    page, _, heading = area.page.partition("#")
    assert not heading or heading in headings(GUIDE / page)
    assert (GUIDE / page).is_file()


def test_every_area_is_used() -> None:
    assert {row.area for row in catalogue.ROWS} == set(catalogue.AREAS.values())


def test_every_row_names_a_rule() -> None:
    codes = {rule.code for rule in all_rules()}
    assert {row.rule for row in catalogue.ROWS} <= codes


def headings(page: Path) -> set[str]:
    """Anchors as GitHub and MkDocs make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in found}


def anchors_in_the_code() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in sorted((REPOSITORY / "compat" / "rewriter").rglob("*.py")))
    return set(re.findall(r"\"(rewriter\.md#[\w-]+)\"", text))


@pytest.mark.parametrize("anchor", sorted({row.anchor for row in catalogue.ROWS} | anchors_in_the_code()))
def test_every_anchor_is_in_the_guide(anchor: str) -> None:
    page, _, heading = anchor.partition("#")
    assert heading in headings(GUIDE / page)


def test_every_rule_is_in_the_guide() -> None:
    text = (GUIDE / "rewriter.md").read_text("utf-8")
    assert [rule.code for rule in all_rules() if f"`{rule.code}`" not in text] == []


def test_old_names_are_told_from_native_ones() -> None:
    for old in ("channels.Group", "channels.Group.send", "channels.asgi", "channels.routing.route", "channels.tests.x"):
        assert catalogue.is_old(old), old
    for native in (
        "channels", "channels.routing", "channels.routing.URLRouter", "channels.layers", "channels.generic.websocket",
        "channels.DEFAULT_CHANNEL_LAYER", "channels_redis.core", "channels.Grouping", "channels.auth.login",
    ):  # fmt: skip
        assert not catalogue.is_old(native), native


def test_native_names_do_not_count_as_old() -> None:
    """What a module of today's channels exports must not be taken for the old name, but where they mean the same."""
    both = {"channels.exceptions.RequestAborted", "channels.exceptions.RequestTimeout", "channels.worker.Worker"}
    native = {
        "channels.auth": ("AuthMiddlewareStack", "login", "logout", "get_user", "AuthMiddleware"),
        "channels.exceptions": ("DenyConnection", "StopConsumer", "ChannelFull", "RequestAborted", "RequestTimeout"),
        "channels.routing": ("ProtocolTypeRouter", "URLRouter", "ChannelNameRouter", "get_default_application"),
        "channels.sessions": ("CookieMiddleware", "SessionMiddleware", "SessionMiddlewareStack"),
        "channels.worker": ("Worker",),
        "channels.utils": ("await_many_dispatch",),
    }
    for module, exported in native.items():
        for name in exported:
            assert catalogue.is_old(f"{module}.{name}") is (f"{module}.{name}" in both)
