"""Requests that legacy http.request routes take (section 1.1 and row 23)."""

import asyncio

from ..scenario import Stage, scenario


@scenario("1.1, 23", project="http")
async def http_request_contents(stage: Stage) -> None:
    """What the consumer of a request gets, and the client of its answer."""
    headers = [("X-Dup", "a"), ("X-Dup", "b"), ("X_Under", "c")]
    await stage.request("GET", "/answer/a%20b%C3%A9/?x=1&y=a%20b", headers)
    await stage.observed("disconnect")
    await stage.request("POST", "/answer/", body=b"k=v&k2=%C3%A9\x00\xff")
    await stage.observed("disconnect")
    await stage.request("PUT", "/answer/", body=b"x" * 200_000)
    await stage.observed("disconnect")


@scenario("23", project="http")
async def http_response_in_pieces(stage: Stage) -> None:
    await stage.request("GET", "/pieces/")
    await stage.observed("disconnect")


@scenario("23", project="http")
async def http_response_headers(stage: Stage) -> None:
    await stage.request("GET", "/headers/")
    await stage.observed("disconnect")


@scenario("23", project="http")
async def http_answered_elsewhere(stage: Stage) -> None:
    """The reply channel of a request is handed on to a custom channel."""
    await stage.request("GET", "/elsewhere/there/")
    await stage.observed("disconnect")


# -- no answer ---------------------------------------------------------------------------------------------------


def given_up(name: str, log: bool) -> None:
    """A consumer that does not answer; the client hangs up and http.disconnect comes."""

    async def script(stage: Stage) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.running.port)
        writer.write(f"GET /{name}/ HTTP/1.1\r\nHost: here\r\n\r\n".encode("ascii"))
        await stage.observed("request")
        if log:
            await stage.observed("log")
        writer.transport.abort()
        await stage.observed("disconnect")

    script.__name__ = f"http_consumer_{name}"
    script.__doc__ = given_up.__doc__
    scenario("23", project="http")(script)


given_up("silent", log=False)
given_up("fails", log=True)


# -- Django's views ----------------------------------------------------------------------------------------------

FORM = [("Content-Type", "application/x-www-form-urlencoded")]
PARTS = [("Content-Type", "multipart/form-data; boundary=edge")]
UPLOAD = (
    b"--edge\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
    b"--edge\r\nContent-Disposition: form-data; name=f; filename=f.txt\r\n\r\nin the file\r\n--edge--\r\n"
)


@scenario("23", project="http")
async def http_view(stage: Stage) -> None:
    """ViewConsumer: forms, files, cookies, both ways."""
    await stage.request("GET", "/django/told/a%20b/?x=1&x=2&y=%C3%A9", [("X-Text", "a"), ("Cookie", "a=1; b=2")])
    await stage.observed("disconnect")
    await stage.request("POST", "/django/told/", FORM, b"a=1&b=%C3%A9")
    await stage.observed("disconnect")
    await stage.request("POST", "/django/told/", PARTS, UPLOAD)
    await stage.observed("disconnect")
    await stage.request("HEAD", "/django/told/")
    await stage.observed("disconnect")


@scenario("23", project="http")
async def http_view_errors(stage: Stage) -> None:
    for path in ("/django/fails/", "/django/nowhere/"):
        await stage.request("GET", path)
        await stage.observed("disconnect")


@scenario("23", project="http")
async def http_view_that_streams(stage: Stage) -> None:
    """A streaming response, and a file that is longer than one message."""
    for path in ("/django/streaming/", "/django/file/"):
        await stage.request("GET", path)
        await stage.observed("disconnect")


@scenario("1.1, 23", project="http")
async def http_body_in_pieces(stage: Stage) -> None:
    """body_channel: the rest comes there."""
    # the answer, and with it the disconnect, may come before the end of the consumer
    stage.unordered("observed")
    await stage.request("POST", "/body/all/", FORM, b"a=1&b=2&c=3")
    await stage.observed("views")
    await stage.observed("disconnect")


@scenario("1.1, 23", project="http")
async def http_body_is_cut_off(stage: Stage) -> None:
    """The client has gone in the middle of its body: no answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.running.port)
    writer.write(b"POST /body/aborted/ HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\na=1")
    await stage.observed("views")
    writer.transport.abort()
    await stage.observed("disconnect")
    stage.note("answer", (await reader.read()).decode())


@scenario("23", project="http")
async def http_static_files(stage: Stage) -> None:
    """StaticFilesConsumer: a file, and one that is not there."""
    for path in ("/static/a_file.txt", "/static/nothing.txt"):
        await stage.request("GET", path)
        await stage.observed("disconnect")
