"""Tables of calls with their errors, capacities and defaults (rows 17-19)."""

import json
import re
from typing import Any

from ..scenario import Stage, scenario


async def table(stage: Stage, name: str) -> Any:
    """Have the calls made inside a consumer; the socket only carries the result."""
    client = await stage.open("a", f"/calls/{name}")
    client.send(stage.unique)
    result = json.loads(await client.text())
    client.seen = client.seen[:-1]
    stage.note("calls", result)
    return result


@scenario("17")
async def calls_not_dicts(stage: Stage) -> None:
    """The wording of a missing argument is Python's own and names the class differently by version."""
    for row in await table(stage, "not_dicts"):
        if row["call"].endswith("()"):
            row["says"] = re.sub(r"^\w+\.", "", row["says"])


# (type, what stands for the words) of msgpack, whose wording changed between its versions
MSGPACK_WORDS = [("TypeError", re.compile(r"can ?(?:not|'t) serialize .*")), ("OverflowError", re.compile(".*"))]


def without_msgpack_words(rows: list[dict[str, Any]]) -> None:
    """msgpack is a third party: only the type of its error and that it is about serialising are compared."""
    for row in rows:
        for kind, words in MSGPACK_WORDS:
            # old versions of msgpack raise an OverflowError of their own
            if row.get("raised", "").endswith(kind) and words.fullmatch(row["says"]):
                row["raised"], row["says"] = kind, "<msgpack's words>"


@scenario("17")
async def calls_odd_values(stage: Stage) -> None:
    """Redis refuses in the send call what cannot be serialised; in memory everything goes."""
    without_msgpack_words(await table(stage, "odd_values"))


@scenario("17")
async def calls_odd_values_to_group(stage: Stage) -> None:
    without_msgpack_words(await table(stage, "odd_values_to_group"))


@scenario("18")
async def calls_channel_names(stage: Stage) -> None:
    await table(stage, "channel_names")


@scenario("18")
async def calls_group_names(stage: Stage) -> None:
    await table(stage, "group_names")


@scenario("18")
async def calls_member_names(stage: Stage) -> None:
    await table(stage, "member_names")


@scenario("18")
async def calls_constructors(stage: Stage) -> None:
    await table(stage, "constructors")


@scenario("6, 17, 18")
async def calls_harmless(stage: Stage) -> None:
    """What raises nothing."""
    await table(stage, "harmless")


@scenario("17")
async def calls_full_channel(stage: Stage) -> None:
    """The 101st message on Redis, the 11th in memory."""
    await table(stage, "full_channel")


@scenario("17")
async def calls_full_group(stage: Stage) -> None:
    """A group drops in silence, the channel itself says so."""
    await table(stage, "full_group")


@scenario("19")
async def calls_layer_defaults(stage: Stage) -> None:
    await table(stage, "layer_defaults")
