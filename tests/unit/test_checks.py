"""What is reported when a project starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from django.core import checks

from compat.checks import check_origins, check_settings
from compat.v2 import settings as compat_settings

Configure = Callable[..., None]

MEMORY = "asgiref.inmemory.ChannelLayer"
GOOD: dict[str, Any] = {
    "CHANNEL_LAYERS": {"default": {"BACKEND": MEMORY, "ROUTING": []}},
    "CHANNELS_COMPAT": {},
    "MIDDLEWARE": [],
}


def consumer(message: Any, **kwargs: Any) -> None:
    pass


def layer(**changes: Any) -> dict[str, Any]:
    return {"CHANNEL_LAYERS": {"default": {"BACKEND": MEMORY, "ROUTING": [], **changes}}}


CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "nothing wrong": ({}, []),
    "nothing wrong, with routes": (layer(ROUTING={"a": f"{__name__}.consumer"}), []),
    "a layer that native code alone uses": (
        {"CHANNEL_LAYERS": {**GOOD["CHANNEL_LAYERS"], "native": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}},
        [],
    ),
    "options": ({"CHANNELS_COMPAT": {"THREADS": 5}}, []),
    "nothing can be left to workers in memory": (
        {"CHANNELS_COMPAT": {"WORKER_CHANNELS": ["*"]}},
        [("compat.W003", "CHANNELS_COMPAT['WORKER_CHANNELS'] is ignored: the default channel layer is in memory")],
    ),
    "no layers": ({"CHANNEL_LAYERS": {}}, [("compat.E001", "There is no CHANNEL_LAYERS in the settings.")]),
    "no routing": (
        {"CHANNEL_LAYERS": {"default": {"BACKEND": MEMORY}}},
        [("compat.E002", "CHANNEL_LAYERS['default']: InvalidChannelLayerError: No ROUTING specified for default.")],
    ),
    "an unknown backend": (
        layer(BACKEND="no_such_module.Layer"),
        [("compat.E002", "CHANNEL_LAYERS['default']: InvalidChannelLayerError: Cannot import BACKEND 'no_such_module")],
    ),
    "a routing that cannot be imported": (
        layer(ROUTING="no_such_module.routing"),
        [("compat.E002", "CHANNEL_LAYERS['default']: ImproperlyConfigured: Cannot import channel routing 'no_such")],
    ),
    "a routing with an error in it": (
        layer(ROUTING="routing_with_an_error.channel_routing"),
        [("compat.E002", "CHANNEL_LAYERS['default']: ZeroDivisionError: division by zero")],
    ),
    "positional groups": (
        layer(ROUTING="routing_with_groups.channel_routing"),
        [("compat.E002", "CHANNEL_LAYERS['default']: ValueError: Filter for path on a (path=^/(x)) ->")],
    ),
    "a route on what is no channel": (
        layer(ROUTING={"mail!": f"{__name__}.consumer"}),
        [("compat.E002", "CHANNEL_LAYERS['default']: ImproperlyConfigured: A route is on 'mail!', which is no name")],
    ),
    "every layer is looked at": (
        {
            "CHANNEL_LAYERS": {
                "default": {"BACKEND": MEMORY},
                "other": {"BACKEND": MEMORY, "ROUTING": "no_such_module.routing"},
            }
        },
        [("compat.E002", "CHANNEL_LAYERS['default']: "), ("compat.E002", "CHANNEL_LAYERS['other']: ")],
    ),
    "a wrong option": (
        {"CHANNELS_COMPAT": {"THREADS": "many"}},
        [("compat.E003", "CHANNELS_COMPAT['THREADS'] must be a positive number, not 'many'.")],
    ),
    "a backend without a successor": (
        layer(BACKEND="asgi_ipc.IPCChannelLayer"),
        [("compat.W001", "CHANNEL_LAYERS['default']: asgi_ipc has no successor")],
    ),
    "an option that is no more": (
        layer(CONFIG={"stats_prefix": "s"}),
        [
            (
                "compat.W001",
                "CHANNEL_LAYERS['default']: compat.v2.memory.InMemoryChannelLayer has no option 'stats_prefix'",
            )
        ],
    ),
    "old middleware": (
        {"MIDDLEWARE_CLASSES": ["a.b"]},
        [("compat.W002", "MIDDLEWARE_CLASSES is not read by this Django, and MIDDLEWARE is empty.")],
    ),
    "old and new middleware": (
        {"MIDDLEWARE_CLASSES": ["a.b"], "MIDDLEWARE": ["django.middleware.common.CommonMiddleware"]},
        [],
    ),
}


@pytest.fixture(autouse=True)
def _routings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "routing_with_an_error.py").write_text("1 / 0\n")
    (tmp_path / "routing_with_groups.py").write_text(
        "from compat.v0 import route\n"
        "def consumer(message): pass\n"
        "channel_routing = [route('a', consumer, path='^/(x)')]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_is_wrong_is_reported(configured: Configure, case: str) -> None:
    changes, expected = CASES[case]
    configured(**{**GOOD, **changes})
    found = check_settings(None)
    assert [each.id for each in found] == [identity for identity, _ in expected]
    for message, (identity, words) in zip(found, expected):
        assert message.msg.startswith(words)
        assert isinstance(message, checks.Error if identity[7] == "E" else checks.Warning)


def test_an_application_of_the_project_that_cannot_be_imported_is_reported(
    configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(**GOOD)
    monkeypatch.setattr(compat_settings, "_native_application_path", "no_such_module.app")
    (found,) = check_settings(None)
    assert found.id == "compat.E003"
    assert found.msg.startswith("Cannot import your ASGI_APPLICATION 'no_such_module.app': No module named")


def test_every_error_says_where_to_read_on(configured: Configure) -> None:
    for case, (changes, expected) in CASES.items():
        if not any(identity in ("compat.E001", "compat.E003") for identity, _ in expected):
            continue
        configured(**{**GOOD, **changes})
        for message in check_settings(None):
            assert "See migration_guide/errors.md#" in f"{message.msg} {message.hint}", case


def test_the_check_is_registered() -> None:
    from django.core.checks.registry import registry

    assert check_settings in registry.get_checks()
    assert registry.tag_exists("compat")


def test_every_identifier_is_in_the_table() -> None:
    import re

    import compat.checks

    text = Path(compat.checks.__file__).read_text("utf-8")
    tested = {identity for _, expected in CASES.values() for identity, _ in expected} | {"compat.W004"}
    assert set(re.findall(r"compat\.[EW]\d{3}", text)) == tested


# --- in production ---

SOCKET, CUSTOM = {"websocket.receive": f"{__name__}.consumer"}, {"mail": f"{__name__}.consumer"}


@pytest.mark.parametrize(
    ("routing", "options", "found"),
    [
        (SOCKET, {}, ["compat.W004"]),
        (SOCKET, {"ALLOWED_ORIGINS": []}, ["compat.W004"]),
        (SOCKET, {"ALLOWED_ORIGINS": True}, []),
        (SOCKET, {"ALLOWED_ORIGINS": ["*"]}, []),
        (CUSTOM, {}, []),
        ("no_such_module.routing", {}, []),
        (SOCKET, {"NO_SUCH": 1}, []),
    ],
)
def test_the_origin_of_sockets(configured: Configure, routing: Any, options: Any, found: list[str]) -> None:
    configured(**{**GOOD, **layer(ROUTING=routing), "CHANNELS_COMPAT": options})
    assert [message.id for message in check_origins(None)] == found


def test_the_origin_of_sockets_is_a_matter_of_production(configured: Configure) -> None:
    configured(**{**GOOD, **layer(ROUTING=SOCKET)})
    usual = [message.id for message in checks.run_checks(tags=["compat"])]
    deployed = [message.id for message in checks.run_checks(tags=["security"], include_deployment_checks=True)]
    assert "compat.W004" not in usual
    assert "compat.W004" in deployed
