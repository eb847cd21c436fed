"""``manage.py runworker`` under its old flags, and under today's."""

from __future__ import annotations

import logging
from typing import Any, Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from support.network import NetworkLayer

from compat.v0.asgi import ChannelLayerWrapper, channel_layers
from compat.v0.handler import ViewConsumer
from compat.v0.management.commands import runworker
from compat.v0.signals import worker_process_ready
from compat.v0.staticfiles import StaticFilesConsumer
from compat.v2 import metrics
from compat.v2.layers import SynchronousLayer


class Recorded:
    """Stands for a worker: notes what it is made with and what is asked of it."""

    made: list[Recorded] = []

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords
        self.calls: list[str] = []
        self.made.append(self)

    def ready(self) -> None:
        self.calls.append("ready")

    def run(self) -> None:
        self.calls.append("run")


class Group(Recorded):
    """The same for several threads."""


@pytest.fixture(autouse=True)
def _recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recorded, "made", [])
    monkeypatch.setattr(runworker, "Worker", Recorded)
    monkeypatch.setattr(runworker, "WorkerGroup", Group)
    monkeypatch.setattr(runworker, "setup_logger", lambda name, verbosity: logging.getLogger(name))


@pytest.fixture
def layer() -> Iterator[ChannelLayerWrapper]:
    """The layer ``far``, on a network."""
    wrapper = ChannelLayerWrapper(SynchronousLayer(NetworkLayer()), "far", [])
    channel_layers.set("far", wrapper)
    yield wrapper
    channel_layers.set("far", None)


def started(*arguments: str) -> Recorded:
    call_command("runworker", "--layer", "far", *arguments)
    (worker,) = Recorded.made
    assert worker.calls == ["ready", "run"]
    return worker


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {}),
        (["--only-channels", "mail.*"], {"only_channels": ["mail.*"]}),
        (["--only-channels", "a", "--only-channels=b"], {"only_channels": ["a", "b"]}),
        (["--exclude-channels", "http.*"], {"exclude_channels": ["http.*"]}),
        (["--threads", "1"], {}),
        (["--threads", "3"], {"n_threads": 3}),
    ],
)
def test_flags_of_channels_0_17(layer: ChannelLayerWrapper, arguments: list[str], expected: dict[str, Any]) -> None:
    worker = started(*arguments)
    usual = {"channel_layer": layer, "callback": None, "only_channels": None, "exclude_channels": None}
    assert worker.keywords == {**usual, **expected}
    assert type(worker) is (Group if "n_threads" in expected else Recorded)


def test_at_verbosity_2_each_message_is_logged(layer: ChannelLayerWrapper, caplog: pytest.LogCaptureFixture) -> None:
    worker = started("--verbosity", "2")
    with caplog.at_level("DEBUG", "django.channels"):
        worker.keywords["callback"]("mail.send", None)
    assert "mail.send" in caplog.messages


@pytest.mark.parametrize(("debug", "expected"), [(True, StaticFilesConsumer), (False, ViewConsumer)])
def test_requests_that_no_route_takes_get_django_s_views(
    layer: ChannelLayerWrapper, monkeypatch: pytest.MonkeyPatch, debug: bool, expected: type
) -> None:
    monkeypatch.setattr(settings, "DEBUG", debug)
    monkeypatch.setattr(settings, "STATIC_URL", "/static/", raising=False)
    started()
    assert layer.router.channels == {"http.request", "websocket.connect", "websocket.receive"}
    assert type(layer.router.root.routing[0].consumer) is expected


def test_metrics_are_shown_as_the_settings_say(
    layer: ChannelLayerWrapper, configured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("prometheus_client")
    calls: list[Any] = []
    monkeypatch.setattr(runworker.metrics, "start_log", calls.append)
    monkeypatch.setattr(runworker.prometheus, "serve", calls.append)
    configured(CHANNELS_COMPAT={"METRICS_INTERVAL": 5, "METRICS_ADDRESS": "127.0.0.1:9100"})
    channel_layers.set("far", layer)
    started()
    assert calls == [5, "127.0.0.1:9100"]


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_running_worker_is_seen(
    layer: ChannelLayerWrapper, monkeypatch: pytest.MonkeyPatch, threads: str
) -> None:
    seen: list[Any] = []

    class Busy(Recorded):
        in_job = True
        workers: Any = ()

        def apply_channel_filters(self, channels: Any) -> list[str]:
            return sorted(channels)

        def run(self) -> None:
            self.workers = [self] * (int(threads) - 1)
            seen.append(metrics.snapshot().running)
            super().run()

    monkeypatch.setattr(runworker, "Worker", Busy)
    monkeypatch.setattr(runworker, "WorkerGroup", Busy)
    monkeypatch.setattr(metrics, "_watched", type(metrics._watched)())
    started("--threads", threads)
    assert seen == [int(threads)]


def test_the_process_is_announced_before_the_worker_runs(layer: ChannelLayerWrapper) -> None:
    seen: list[Any] = []

    def on_ready(sender: Any, **kwargs: Any) -> None:
        seen.append((sender, list(sender.calls)))

    worker_process_ready.connect(on_ready)
    try:
        worker = started()
    finally:
        worker_process_ready.disconnect(on_ready)
    assert seen == [(worker, [])]


def test_control_c_is_no_error(layer: ChannelLayerWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Recorded, "run", interrupted)
    call_command("runworker", "--layer", "far")
    assert Recorded.made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "is in memory, where no other process can put a message"),
        (["--layer", "nowhere"], "No BACKEND specified for nowhere"),
        (["--layer", "far", "--threads", "0"], "--threads must be at least 1, not 0"),
    ],
)
def test_what_cannot_work_is_refused(layer: ChannelLayerWrapper, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("runworker", *arguments)
    assert not Recorded.made


def test_with_names_of_channels_it_is_the_command_of_today(configured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its application appends to the routing.
    configured(CHANNEL_LAYERS={"default": {"BACKEND": "asgiref.inmemory.ChannelLayer", "ROUTING": []}})
    seen: list[Any] = []

    class Native:
        def __init__(self, **keywords: Any) -> None:
            seen.append(keywords)

        def run(self) -> None:
            seen.append("run")

    monkeypatch.setattr(runworker.Command, "worker_class", Native)
    call_command("runworker", "thumbnails", "mail")
    assert seen[0]["channels"] == ["thumbnails", "mail"]
    assert set(seen[0]) == {"application", "channels", "channel_layer"}
    assert seen[1] == "run"
    assert not Recorded.made
