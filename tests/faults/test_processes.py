"""A worker or a web process ends in the middle."""

from __future__ import annotations

import signal
from typing import Callable

import pytest

from .site import Site, answered, text_of, until


@pytest.mark.every_stack
def test_a_worker_killed(make_site: Callable[..., Site]) -> None:
    site = make_site(CHANNELS_COMPAT={"WORKER_CHANNELS": ["websocket.*"]})
    port = site.web("daphne")
    worker = site.worker("--threads", "1")

    async def scenario() -> None:
        client = await site.client(port)
        await answered(client, "echo before")
        client.send("hold for ever")
        await until("the worker is at it", lambda: site.events("held"))
        sent = [str(number) for number in range(20)]
        for text in sent:
            client.send(f"echo {text}")
        assert await site.end(worker, signal.SIGKILL) == -signal.SIGKILL
        site.worker("--threads", "1")
        assert [await client.text() for _ in sent] == sent
        site.open_gate("for ever")
        await answered(client, "echo after")

    site.run(scenario)


@pytest.mark.every_stack
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_web_process_told_to_end(site: Site, server: str) -> None:
    ends, stays = site.web(server), site.web("uvicorn")

    async def scenario() -> None:
        (leaves, other) = await site.clients_on(ends, stays)
        await answered(leaves, "echo before")
        leaves.send("work hold gate")
        leaves.send("hold gate")
        await until("two consumers run", lambda: len(site.events("held")) == 2)
        status = await site.end(site.process_of(ends), signal.SIGTERM, lambda: site.open_gate("gate"))
        assert status in (0, -signal.SIGTERM)
        await leaves.wait_ended()
        await until("its disconnect consumer ran", lambda: len(site.events("disconnect")) == 1)
        assert (await site.state(stays))["members"] == 1
        await answered(other, "group everybody after", "after")

    site.run(scenario)


@pytest.mark.every_stack
def test_a_web_process_killed(site: Site) -> None:
    killed, stays = site.web("daphne"), site.web("uvicorn")

    async def scenario() -> None:
        gone, other = await site.clients_on(killed, stays)
        await answered(gone, "echo before")
        await site.end(site.process_of(killed), signal.SIGKILL)
        await gone.wait_ended()
        assert gone.seen[-1] == {"closed": 1006}
        await answered(other, "group everybody after", "after")
        again = await site.client(site.web("daphne"))
        await answered(again, "group everybody together", "together")
        await text_of(other, "together")

    site.run(scenario)
