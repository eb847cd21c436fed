"""Requests that legacy http.request routes take (section 1.1 and row 23)."""

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
