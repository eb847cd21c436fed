"""What legitimately differs from run to run or from server to server, and is therefore made equal.

Everything is listed here. Key sets, types, and the order of things are never touched.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Reply channels are made of random letters, in a form that differs by version; old code may rely on their
# being names that the layer accepts, not on their letters. Numbered by first appearance, so that a record
# still tells which is which.
REPLY_KEYS = ("reply_channel", "reply")
REPLY_NAME = re.compile(r"^[a-zA-Z0-9._-]+[!?][\w.-]{6,}$")

# The warning about too many retries quotes the first 100 letters of the content: where that cuts depends on the
# length of the reply channel's name.
QUOTED_CONTENT = re.compile(r"^(Exceeded number of retries for message on channel [^:]+: \{).*$", re.DOTALL)

# The key of the handshake is random by definition.
WEBSOCKET_KEY = "sec-websocket-key"


def normalise(record: dict[str, Any], port: int, unique: str) -> dict[str, Any]:
    """A copy of record in which equal behaviour looks equal."""
    names: dict[str, str] = {}
    for name in _reply_names(record["observed"]):
        names.setdefault(name, f"<reply {len(names) + 1}>")
    text = json.dumps(record)
    for name, shown in names.items():
        text = text.replace(json.dumps(name)[1:-1], shown)
    # names that the harness itself made unique for this run
    text = re.sub(rf"\b{unique}\b", "<unique>", text)
    # the port of the server, in the host header and elsewhere
    text = re.sub(rf"127\.0\.0\.1:{port}\b", "127.0.0.1:<server port>", text)
    result: dict[str, Any] = json.loads(text)
    for each in result["observed"]:
        _normalise_content(each["data"].get("content"), port)
        if each["event"] == "log":
            each["data"]["message"] = QUOTED_CONTENT.sub(r"\1<content>}", each["data"]["message"])
    return result


def _reply_names(value: Any) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if key in REPLY_KEYS and isinstance(item, str) and REPLY_NAME.match(item):
                found.append(item)
            else:
                found += _reply_names(item)
    elif isinstance(value, list):
        for item in value:
            found += _reply_names(item)
    return found


def _normalise_content(content: Any, port: int) -> None:
    """Ports in `client` and `server`, and the handshake's key; an int stays recognisable as one."""
    if not isinstance(content, dict):
        return
    for key, shown in (("client", "<client port>"), ("server", "<server port>")):
        pair = content.get(key)
        numbers = pair.get("<tuple>") if isinstance(pair, dict) else pair
        is_address = isinstance(numbers, list) and len(numbers) == 2 and type(numbers[1]) is int
        if is_address and (key == "client" or numbers[1] == port):
            numbers[1] = shown
    for header in content.get("headers") or []:
        items = header.get("<tuple>") if isinstance(header, dict) else header
        if isinstance(items, list) and items[:1] == [{"<bytes>": WEBSOCKET_KEY}]:
            items[1:] = [{"<bytes>": "<key>"}]
