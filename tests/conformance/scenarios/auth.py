"""Users: signed in by pages, seen by consumers."""

from ..client import Browser, Client
from ..scenario import Stage, scenario
from .sessions import say

LOOK = ["look"]
# how a socket can be decorated
WAYS = ("http_user", "channel_user", "user_from_http", "user_from_http_always")


async def signed_in(stage: Stage, name: str = "ann") -> Browser:
    browser = Browser()
    await stage.get("/sign_in/", browser, name=stage.name(name))
    return browser


async def talk(stage: Stage, name: str, path: str, browser: Browser) -> Client:
    """Open a socket, send one frame."""
    client = await stage.open(name, path, browser.headers())
    await say(stage, client, LOOK)
    return client


@scenario("auth", project="sessions")
async def user_signed_in(stage: Stage) -> None:
    """On connect, receive and disconnect, by each decorator."""
    ann = await signed_in(stage)
    for way in WAYS:
        await stage.close(await talk(stage, way, f"/{way}", ann))


@scenario("auth", project="sessions")
async def user_anonymous(stage: Stage) -> None:
    """Without a session, and with one that nobody has signed in to."""
    visitor = Browser()
    await stage.get("/put/", visitor, who="nobody")
    for way in WAYS:
        await stage.close(await talk(stage, f"{way} without", f"/{way}", Browser()))
        await stage.close(await talk(stage, f"{way} with", f"/{way}", visitor))


@scenario("auth", project="sessions")
async def user_by_query_string(stage: Stage) -> None:
    """session_key=… in place of the cookie, and against it."""
    ann, bob = await signed_in(stage), await signed_in(stage, "bob")
    path = f"/user_from_http?session_key={ann.cookies['visit']}"
    await stage.close(await talk(stage, "ann", path, Browser()))
    await stage.close(await talk(stage, "ann, not bob", path, bob))


@scenario("auth", project="sessions")
async def user_with_a_bad_cookie(stage: Stage) -> None:
    browser = Browser()
    for number, key in enumerate(("0123456789abcdef0123456789abcdef", "short", "")):
        browser.cookies["visit"] = key
        for way in ("http_user", "user_from_http"):
            await stage.close(await talk(stage, f"{way} {number}", f"/{way}", browser))


@scenario("auth", project="sessions")
async def user_signed_out_before(stage: Stage) -> None:
    """A cookie kept from before signing out, and one of a session that has expired."""
    for page in ("/sign_out/", "/expire/"):
        ann, stale = await signed_in(stage), Browser()
        stale.cookies.update(ann.cookies)
        await stage.get(page, ann)
        for way in ("http_user", "user_from_http"):
            await stage.close(await talk(stage, f"{way} {page}", f"/{way}", stale))
        await stage.close(await talk(stage, f"fresh {page}", "/user_from_http", ann))


def while_connected(page: str, about: str) -> None:
    """What a page does to a user whose sockets are open."""

    async def script(stage: Stage) -> None:
        ann = await signed_in(stage)
        sockets = [await talk(stage, way, f"/{way}", ann) for way in ("user_from_http", "user_from_http_always")]
        await stage.get(f"/{page}/", ann)
        for client in sockets:
            await say(stage, client, LOOK)
            await say(stage, client, LOOK)
            await stage.close(client)

    script.__name__ = f"user_does_{page}_while_connected"
    script.__doc__ = about
    scenario("auth", project="sessions")(script)


while_connected("sign_out", "A socket's user stays signed in.")
while_connected("expire", "A socket's user stays signed in.")
while_connected("new_password", "Signs the socket's user out too.")
while_connected("deactivate", "The socket's user is gone too.")
while_connected("leave", "The socket's user is gone too.")


@scenario("auth", project="sessions")
async def user_with_a_new_password(stage: Stage) -> None:
    """The cookie of another browser does not sign in any more."""
    ann, elsewhere = await signed_in(stage), await signed_in(stage)
    await stage.get("/new_password/", ann)
    for way in ("http_user", "user_from_http"):
        await stage.close(await talk(stage, way, f"/{way}", elsewhere))


@scenario("auth", project="sessions")
async def user_signed_in_twice(stage: Stage) -> None:
    """Another user in the same browser: sockets keep the one they were opened with."""
    browser = await signed_in(stage)
    old = await talk(stage, "old", "/user_from_http", browser)
    await stage.get("/sign_in/", browser, name=stage.name("bob"))
    new = await talk(stage, "new", "/user_from_http", browser)
    for client in (old, new):
        await say(stage, client, LOOK)


@scenario("auth", project="sessions")
async def user_by_transfer(stage: Stage) -> None:
    """transfer_user by hand, some time after connect."""
    ann = await signed_in(stage)
    await stage.get("/put/", ann, who="ann")
    client = await talk(stage, "a", "/both", ann)
    await say(stage, client, ["hand on", "custom.user", {}])
    await stage.observed("custom")
    await say(stage, client, ["transfer"], LOOK)
    await say(stage, client, ["hand on", "custom.user", {}])
    await stage.observed("custom")


@scenario("auth, custom", project="sessions")
async def user_on_custom_channels(stage: Stage) -> None:
    """By the reply channel that the message hands on."""
    for name, browser in (("ann", await signed_in(stage)), ("nobody", Browser())):
        client = await talk(stage, name, "/user_from_http", browser)
        await say(stage, client, ["hand on", "custom.user", {}])
        await stage.observed("custom")
    await say(stage, client, ["hand on", "custom.user", {"reply_channel": None}])
    await stage.observed("log")


@scenario("auth, 23", project="sessions")
async def user_of_a_request(stage: Stage) -> None:
    """http_session_user on http.request."""
    ann = await signed_in(stage)
    await stage.request("GET", "/request/", ann.headers())
    await stage.observed("done")
    await stage.get("/show/", ann)


@scenario("auth", project="sessions")
async def user_and_session_belong_together(stage: Stage) -> None:
    """What is put into the channel session stays beside the user."""
    ann = await signed_in(stage)
    await stage.get("/put/", ann, who="ann")
    client = await talk(stage, "a", "/user_from_http", ann)
    await say(stage, client, ["channel_session", "__setitem__", "word", "x"])
    await say(stage, client, LOOK)
    await stage.get("/show/", ann)


def class_flags(path: str) -> None:
    async def script(stage: Stage) -> None:
        ann = await signed_in(stage)
        for name, browser in (("ann", ann), ("nobody", Browser())):
            client = await talk(stage, name, f"/class/{path}", browser)
            await say(stage, client, LOOK)
            await stage.close(client)

    script.__name__ = f"class_flags_{path}"
    script.__doc__ = "What class-based consumers get by their attributes."
    scenario("classes, auth", project="sessions")(script)


for path in (
    "no_flags", "channel_session", "channel_session_user", "http_user", "strict_ordering", "slight_ordering",
    "http_user_strict", "http_user_slight",
):
    class_flags(path)
