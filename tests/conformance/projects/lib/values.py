"""Python values as JSON and back, with every type that JSON lacks spelled out.

Used on both sides: consumers write what they saw with it, clients tell consumers what to send with it.
Must run on Python 3.6 (old stack) as well as on the newest.
"""
import json


def pack(value):
    """A JSON-able picture of value: bytes, tuples and odd dict keys stay visible."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        # lone surrogates cannot be written as utf-8
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, (bytes, bytearray)):
        return {"<bytes>": bytes(value).decode("latin-1")}
    if type(value) is tuple:
        return {"<tuple>": [pack(item) for item in value]}
    if isinstance(value, list):
        return [pack(item) for item in value]
    if type(value) is dict:
        if all(isinstance(key, str) for key in value):
            return {key: pack(item) for key, item in value.items()}
        return {"<dict>": [[pack(key), pack(item)] for key, item in value.items()]}
    return {"<object>": type(value).__name__, "str": str(value)}


def unpack(value):
    """What pack() was given, for the types a client can put in a command."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if isinstance(value, dict):
        if list(value) == ["<bytes>"]:
            return value["<bytes>"].encode("latin-1")
        if list(value) == ["<tuple>"]:
            return tuple(unpack(item) for item in value["<tuple>"])
        if list(value) == ["<dict>"]:
            return {unpack(key): unpack(item) for key, item in value["<dict>"]}
        return {key: unpack(item) for key, item in value.items()}
    return value


def dumps(value):
    return json.dumps(pack(value), sort_keys=True)


def loads(text):
    return unpack(json.loads(text))
