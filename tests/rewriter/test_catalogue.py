"""One catalogue: what the overlay, the rewriter and the guide say must be the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from compat import catalogue
from compat.dropin import names
from compat.rewriter.registry import all_rules

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = REPOSITORY / "migration_guide"
NAMES = {row.old for row in catalogue.ROWS if row.kind == catalogue.NAME}


def names_of(module: str) -> set[str]:
    return {old.rpartition(".")[2] for old in NAMES if old.rpartition(".")[0] == module}


def test_what_the_overlay_adds_to_shared_modules_is_in_the_catalogue() -> None:
    for module, added in names.SHARED.items():
        assert set(added) <= names_of(module), module
    assert set(names.PACKAGE) == names_of("channels")
    assert {".".join(merged) for merged in names.MERGED} <= NAMES


def test_what_the_catalogue_has_in_shared_modules_is_in_the_overlay_or_in_channels_itself() -> None:
    # Names that channels >= 2 has under the same path, so that the overlay need not add them.
    still_there = {
        "channels.signals": {"consumer_finished", "consumer_started"},
        "channels.staticfiles": {"StaticFilesHandler"},
        "channels.worker": {"Worker"},
    }
    for module in catalogue.SHARED_MODULES:
        assert names_of(module) - still_there.get(module, set()) == set(names.SHARED[module]), module


def test_the_modules_are_those_of_the_overlay() -> None:
    assert set(names.VANISHED) == catalogue.MODULES - catalogue.SHARED_MODULES
    assert {module for module, added in names.SHARED.items() if added} == catalogue.SHARED_MODULES
    layers = {row.old for row in catalogue.ROWS if row.kind == catalogue.MODULE}
    assert layers == set(names.LAYER_MODULES)


def test_every_name_of_0_17_3_has_a_row() -> None:
    """Every one that a module defines, as recorded on the real old stack."""
    surface = json.loads((REPOSITORY / "tests/conformance/golden/surface.json").read_text("utf-8"))
    missing = [
        f"{module}.{name}"
        for module, names_ in surface.items()
        if module.split(".")[0] == "channels" and module not in catalogue.INTERNAL
        for name, what in names_.items()
        if what["kind"] != "same as" and f"{module}.{name}" not in NAMES | catalogue.UNCHANGED
        and name not in ("default_app_config", "logger")  # nobody's reason to import channels
    ]
    assert missing == []


def test_every_row_for_a_name_is_of_0_17_3() -> None:
    surface = json.loads((REPOSITORY / "tests/conformance/golden/surface.json").read_text("utf-8"))
    assert [old for old in sorted(NAMES) if old.rpartition(".")[2] not in surface[old.rpartition(".")[0]]] == []


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
