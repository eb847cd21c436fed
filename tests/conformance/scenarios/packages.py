"""Packages of 0.17's days as they are on PyPI; see "Packages" in README.md for what runs where."""

from __future__ import annotations

import json
import re
from typing import Any

from ..client import Browser, Client, http_request
from ..scenario import Stage, scenario


async def signed_in(stage: Stage, name: str) -> Browser:
    browser = Browser()
    await stage.get("/sign_in/", browser, name=name)
    return browser


async def until(stage: Stage, path: str, body: str) -> None:
    """Wait for something that only shows in the database."""
    while (await http_request(stage.running.port, "GET", path))[2].decode() != body:
        await stage.pause()


@scenario("packages", project="presence", package="channels_presence")
async def package_presence(stage: Stage) -> None:
    """django-channels-presence 0.0.9: who is in a room, on pages of users and of strangers."""
    clients: dict[str, Client] = {}

    async def everybody() -> None:
        for client in clients.values():
            await client.expect()

    for name, user in (("a", "ann"), ("b", "bob"), ("c", ""), ("d", "ann")):
        headers = (await signed_in(stage, user)).headers() if user else []
        clients[name] = await stage.open(name, "/room/blue", headers=headers)
        await everybody()
    elsewhere = await stage.open("e", "/room/red")
    await elsewhere.expect()
    clients["b"].send('"hello"')
    await everybody()
    await stage.observed("receive")
    await stage.get("/rooms/")

    clients["c"].send('"leave"')
    await clients["c"].expect()
    left = clients.pop("c")
    await everybody()
    await stage.observed("receive")
    await stage.close(left)
    await stage.close(clients.pop("d"))
    await everybody()

    # Only who has been heard of since is kept; those forgotten stay members of the group.
    await stage.get("/age/")
    clients["a"].send('"heartbeat"')
    await stage.observed("receive")
    await stage.get("/prune/")
    await everybody()
    await elsewhere.expect()
    await stage.get("/rooms/")
    clients["a"].send('"still here"')
    await everybody()
    await stage.observed("receive")
    await stage.close(elsewhere)
    for name in ("b", "a"):
        await stage.close(clients[name])
    await stage.get("/prune/")
    await stage.get("/rooms/")


@scenario("packages", project="television", package="television")
async def package_television(stage: Stage) -> None:
    """django-television 0.1.7: listeners, errors, groups of users and bindings, all set up by the package."""
    number = 0

    async def call(client: Client, channel: str, *payload: Any, frames: int = 1, path: str = "") -> None:
        nonlocal number
        number += 1
        client.send(json.dumps(
            {"channel": channel, "replyTo": f"reply{number}", "errorTo": f"error{number}", "payload": payload}
        ))
        await client.expect(frames)

    async def refused(*arguments: Any) -> None:
        """The error is logged after the answer: with two workers, the next one could be logged before."""
        await call(*arguments)
        await stage.observed("log")

    ann, bob, eve = [await signed_in(stage, name) for name in ("ann", "bob", "eve")]
    await stage.get("/promote/", ann, superuser="yes")
    await stage.get("/promote/", bob)
    clients = {}
    for count, (name, browser) in enumerate({"ann": ann, "bob": bob, "eve": eve}.items(), start=4):
        clients[name] = await stage.open(name, "/tv/", headers=browser.headers(), wait=None)
        await until(stage, "/signed_in/", str(count))
    clients["stranger"] = await stage.open("stranger", "/tv/", wait=None)
    for client in clients.values():
        await call(client, "whoami")
        await call(client, "ping")

    await call(clients["bob"], "contacts.create", "x@example.com", "miss ex", frames=2)
    await clients["ann"].expect()
    await refused(clients["eve"], "contacts.create", "y@example.com", "refused")
    await call(clients["ann"], "contacts.rename", 1, "mr why", frames=2)
    await clients["bob"].expect()
    await call(clients["bob"], "proj.contact.list")
    await call(clients["eve"], "proj.contact.list")
    await call(clients["eve"], "plans.create", "conquer")
    await clients["ann"].expect()
    await call(clients["bob"], "proj.plan.list")
    await call(clients["ann"], "proj.plan.list")
    await call(clients["eve"], "contacts.delete", 1)
    for name in ("ann", "bob"):
        await clients[name].expect()

    await call(clients["eve"], "log", "to the staff", frames=2)
    for name in ("ann", "bob"):
        await clients[name].expect()
    await refused(clients["eve"], "fail")
    await refused(clients["eve"], "nobody listens")
    await refused(clients["eve"], "ping", "one argument too many")
    clients["eve"].send("no JSON")
    await clients["eve"].expect()
    await stage.observed("log")
    await call(clients["eve"], "ping")

    for name in ("stranger", "eve", "bob", "ann"):
        await stage.close(clients[name], wait=None)


@scenario("packages", project="otreechat", package="otreechat")
async def package_otreechat(stage: Stage) -> None:
    """otreechat 0.2.1: a class-based consumer that leaves the work to a custom channel."""
    await stage.get("/begin/")

    def say(client: Client, who: str, channel: str, body: str) -> None:
        client.send(json.dumps({"body": body, "participant_code": who, "channel": channel}))

    a, b = [await stage.open(name, "/otreechat/1-chat-1/", wait=None) for name in ("a", "b")]
    other = await stage.open("other", "/otreechat/1-chat-2/", wait=None)
    for client in (a, b, other):
        await client.expect()
    rows: list[list[str]] = []

    async def kept(who: str, channel: str, body: str) -> None:
        # It is sent before it is saved, by a consumer that may run beside the next one.
        rows.append([channel, who, who.title(), body])
        await until(stage, "/kept/", json.dumps(rows))

    for client, who, body in ((a, "ann", "hello"), (b, "bob", "<b>é</b>"), (a, "ann", "")):
        say(client, who, "1-chat-1", body)
        for listener in (a, b):
            await listener.expect()
        await kept(who, "1-chat-1", body)
    say(other, "bob", "1-chat-2", "elsewhere")
    await other.expect()
    await kept("bob", "1-chat-2", "elsewhere")
    say(a, "nobody", "1-chat-1", "not heard")
    await stage.observed("log")
    a.send('["no dict"]')
    await stage.observed("log")

    late = await stage.open("late", "/otreechat/1-chat-1/", wait=None)
    await late.expect()
    await stage.close(a, wait=None)
    say(b, "bob", "1-chat-1", "goodbye")
    for client in (b, late):
        await client.expect()
    for client in (b, late, other):
        await stage.close(client, wait=None)


@scenario("packages", project="otree_tools", package="otree_tools")
async def package_otree_tools(stage: Stage) -> None:
    """otree-tools 1.1.15: trackers write rows, the export answers through a group."""

    def tell(client: Client, **event: Any) -> None:
        # the package's pages do so twice as well
        client.send(json.dumps(json.dumps(event)))

    await stage.get("/begin/")
    times = await stage.open("times", "/timetracker/ann/Offer/2", wait="log")
    for eventtype, timestamp in (("enter", 1500000000000), ("exit", 1500000002500), ("enter", 1500000003000)):
        tell(times, eventtype=eventtype, timestamp=timestamp, wait_for_images=True)
        await stage.observed("saved")
    await stage.close(times, wait="saved")
    await stage.observed("log")

    focus = await stage.open("focus", "/focustracker/ann/Offer/2", wait=None)
    for number, kind, timestamp in (
        (0, "Page shown", 1500000000000), (2, "Focus off", 1500000001000), (4, "Focus on", 1500000001750),
        (5, "Form submitted", 1500000002500),
    ):
        tell(focus, event_num_type=number, event_desc_type=kind, timestamp=timestamp)
        await stage.observed("saved")
    await stage.close(focus, wait=None)
    lost = await stage.open("lost", "/timetracker/ann/Offer/3", wait="log")
    tell(lost, eventtype="enter", timestamp=1500000000000)
    await stage.observed("log", 2)
    await stage.close(lost, wait=None)
    await stage.observed("log", 2)

    watching = await stage.open("watching", "/exporttracker/exports", wait="log")
    asking = await stage.open("asking", "/exporttracker/exports", wait="log")
    for kind in ("focus_raw", "focus_per_page", "time"):
        tell(asking, request="export", tracker_type=kind)
        await asking.expect()
        for client in (asking, watching):
            (frame,) = await client.expect()
            path = json.loads(frame["text"])["url"]
            # a file with a random name
            frame["text"] = re.sub(r"//.*?\.csv", "/<file>", frame["text"])
        _, _, content = await http_request(stage.running.port, "GET", path)
        # that row is of the clock
        rows = [row for row in content.decode().splitlines() if "Client disconnected" not in row]
        stage.note(kind, rows)
    for client in (asking, watching):
        await stage.close(client, wait="log")
