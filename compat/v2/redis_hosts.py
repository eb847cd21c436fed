"""``hosts`` of asgi_redis, for the version of channels_redis that is installed.

asgi_redis made a URL of every entry and had redis-py 2.10 read it, whose rules are kept: it took a password as it
stood (not percent-decoded), ignored the user name, and took every scheme but ``unix`` for TCP.
"""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Union
from urllib.parse import parse_qsl, urlsplit

from compat.guide import see

from . import versions


class Host(NamedTuple):
    """One Redis server.

    Attributes:
        path: of its Unix socket; "" for TCP.
        options: redis-py's own, from the URL's query.
    """

    name: str = "localhost"
    port: int = 6379
    path: str = ""
    db: int = 0
    password: Optional[str] = None
    tls: bool = False
    options: Dict[str, str] = {}


def native(hosts: Union[str, Iterable[Any]]) -> List[Any]:
    """``hosts`` as channels_redis takes them; dicts, which only it knows, as they are.

    Raises:
        ValueError: a port or database that is no number.
    """
    return [entry if isinstance(entry, dict) else versions.redis_host(parse(entry)) for entry in _listed(hosts)]


def behind_sentinels(sentinels: Optional[Iterable[Any]], services: Union[str, Iterable[str], None]) -> List[Any]:
    """``hosts`` for Redis servers whose addresses sentinels know, as channels_redis takes them.

    Args:
        sentinels: (host name, port) pairs, as the sentinel layer of asgi_redis 1.x takes them; one on this machine if
            there are none.
        services: what the sentinels call the servers; several share the load.

    Raises:
        ValueError: there are no services, something is of another form, or this channels_redis knows no sentinels.
    """
    if not versions.redis_knows_sentinels():
        raise ValueError(f"Sentinels need channels_redis 3 or newer, which is for channels 3 and 4. {see('sentinel')}")
    pairs = list(sentinels or [("localhost", 26379)])
    if any(isinstance(pair, (str, dict)) or len(pair) != 2 for pair in pairs):
        raise ValueError(f"The hosts of RedisSentinelChannelLayer must be (name, port) pairs. {see('sentinel')}")
    if not services or isinstance(services, str):
        raise ValueError(
            "RedisSentinelChannelLayer needs the names of the servers that its sentinels watch, as "
            f'"services": ["mymaster"] in its CONFIG. {see("sentinel")}'
        )
    listed = [(name, int(port)) for name, port in pairs]
    return [{"sentinels": listed, "master_name": service} for service in services]


def lost(hosts: Union[str, Iterable[Any]]) -> List[str]:
    """What of ``hosts`` this version of channels_redis cannot do, one sentence each."""
    if versions.redis_takes_url_options():
        return []
    names = {name for entry in _listed(hosts) if not isinstance(entry, dict) for name in parse(entry).options}
    return [f"The URL in hosts has {', '.join(sorted(names))}, which this channels_redis ignores."] if names else []


def parse(entry: Any) -> Host:
    """Read one entry.

    Args:
        entry: (host name, port), or a URL: ``redis://``, ``rediss://`` (TLS) or ``unix://``.

    Raises:
        ValueError: the port or database is no number.
    """
    if not isinstance(entry, str):
        return Host(entry[0], int(entry[1]))
    url = urlsplit(entry if "://" in entry else "redis://" + entry)
    options = dict(parse_qsl(url.query))
    options.pop("password", None)  # redis-py 2.10 looked for it before the host alone
    db = options.pop("db", "")
    if url.scheme == "unix":
        return Host(path=url.path, db=int(db or 0), password=url.password, options=options)
    in_path = url.path.replace("/", "")
    return Host(
        name=url.hostname or "localhost",
        port=url.port or 6379,
        db=int(db or (in_path if in_path.isdecimal() else 0)),
        password=url.password,
        tls=url.scheme == "rediss",
        options=options,
    )


def _listed(hosts: Union[str, Iterable[Any]]) -> Iterable[Any]:
    # Of a string, asgi_redis took every character for a URL, each of which meant the server on this machine.
    return [hosts] if isinstance(hosts, str) else hosts
