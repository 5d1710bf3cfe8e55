"""A real site: server processes, a PostgreSQL and a Redis, with a proxy in front of every link."""

import asyncio
import contextlib
import itertools
import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

import psycopg
import redis.asyncio
from psycopg.rows import dict_row

from faults.administrator import Administrator
from faults.nginx import Nginx
from faults.proxy import Network, Proxy
from faults.worker import Worker
from tests.harness.services import (
    THIS_CODE,
    Code,
    Installation,
    Installations,
    PostgreSQL,
    Process,
    Redis,
    Server,
    make_open_directory,
    wait_until,
)

P = ParamSpec("P")
R = TypeVar("R")

ADMIN_SECONDS = 60.0
OWNER = "owner"
OWNER_PASSWORD = "the floor is warm"
"""The password of the space's owner, who performs all actions of `faults.admin`."""

LAYER_PREFIX = "chat"


class ReportingServer(Server):
    """A server process that reports what it holds, if it runs the code of this checkout."""

    def __init__(self, directory: Path, env: dict[str, str], code: Code = THIS_CODE) -> None:
        self.report = directory / "report.json"
        self.limits: list[str] = []
        """A prefix of the command, such as `prlimit --nofile=200`."""
        super().__init__(directory, env | {"FAULTS_REPORT": str(self.report)}, code)

    def command(self) -> list[str]:
        python, option, module, *rest = super().command()
        return [*self.limits, python, option, "faults.server" if self.code == THIS_CODE else module, *rest]

    def holdings(self) -> dict[str, Any]:
        """What it holds; see `faults.server`."""
        assert self.process is not None
        self.report.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        wait_until(self.report.exists, what="The report of the server", alive=self.is_running)
        held: dict[str, Any] = json.loads(self.report.read_text())
        return held


class Node:
    """One server process with the proxies of its three links: `front` to it, `redis` and `postgresql` from it."""

    def __init__(self, number: int, server: ReportingServer, front: Proxy, redis: Proxy, postgresql: Proxy) -> None:
        self.number = number
        self.server = server
        self.front = front
        self.redis = redis
        self.postgresql = postgresql
        self.is_wanted = True
        """Whether a load balancer would route clients here."""

    @property
    def pid(self) -> int:
        """The pid of the server process."""
        assert self.server.process is not None
        return self.server.process.pid

    @property
    def proxies(self) -> list[Proxy]:
        """All three proxies."""
        return [self.front, self.redis, self.postgresql]


class Site:
    """All processes and services of a run, in a directory of their own. Use it with `async with`."""

    def __init__(self, directory: Path, *, processes: int) -> None:
        self.directory = directory
        self.processes = processes
        self.code = THIS_CODE
        """The code with which the database is created and the processes start."""
        self.nodes: list[Node] = []
        self.workers: list[Worker] = []
        """The processes that do the background work."""
        self.entrance: Nginx | None = None
        """The proxy that everybody connects through, if not directly through the proxy of a process."""
        self._make_services()
        # One thread for all blocking calls: child processes die with the thread that started them.
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="hands")
        self.administrators: list[Administrator] = []
        self._admin_thread = ThreadPoolExecutor(1, thread_name_prefix="admin")

    def _make_services(self) -> None:
        self.postgresql = PostgreSQL(self.place("postgresql"))
        self.redis = Redis(self.place("redis"))

    @property
    def rewinds(self) -> bool:
        """Whether everything is derived again, so that people must change nothing on which it depends."""
        return False

    @property
    def derives(self) -> bool:
        """Whether some process derives what follows from messages."""
        return bool(self.workers)

    @property
    def services(self) -> list[Process]:
        """The services that the server processes need."""
        return [self.redis, self.postgresql]

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.call_blocking(self._stop)
        for node in self.nodes:
            for proxy in node.proxies:
                await proxy.stop()
        self._admin_thread.shutdown()
        self._hands.shutdown()

    async def call_blocking(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a blocking function in the site's thread, after those before it."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, lambda: function(*args, **kwargs))

    async def start_server(self, node: Node, **env: str) -> None:
        """Start a node's process, with these additions to its environment for this time only."""
        given = node.server.env
        node.server.env = given | env
        try:
            await self.call_blocking(node.server.start)
        finally:
            node.server.env = given
        node.is_wanted = True

    async def kill_server(self, node: Node) -> None:
        """`kill -9`."""
        node.is_wanted = False
        await self.call_blocking(node.server.kill)

    async def restart_server(self, node: Node, **env: str) -> float:
        """Stop the server with SIGTERM, and start it again with `start_server`; returns the seconds it took to end."""
        node.is_wanted = False
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self.call_blocking(node.server.stop)
        took = loop.time() - began
        await self.start_server(node, **env)
        return took

    async def ended(self, node: Node, seconds: float) -> bool:
        """Wait until a node's process has ended by itself. Returns whether it did in time."""
        assert node.server.process is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while node.server.process.poll() is None:  # noqa: ASYNC110 (the parent gets no event)
                    await asyncio.sleep(0.02)
        node.is_wanted = node.server.process.poll() is None
        return not node.is_wanted

    def listening(self) -> list[Node]:
        """The nodes to which a load balancer would route a client."""
        return [node for node in self.nodes if node.is_wanted] or self.nodes

    async def holdings(self) -> dict[str, dict[str, Any]]:
        """What every server process holds, by name; `site` contains the channels and connections of all together."""
        held = {f"server {node.number}": await self.call_blocking(node.server.holdings) for node in self.nodes}
        async with redis.asyncio.Redis.from_url(self.redis.url) as client:
            channels = await client.pubsub_channels()
            clients = await client.client_list()
        connections = await self.rows(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        held["site"] = {"channels": len(channels), "redis": len(clients), "postgresql": len(connections)}
        return held

    async def listeners(self, groups: list[str]) -> dict[str, int]:
        """The number of processes subscribed to each of these groups of the channel layer."""
        async with redis.asyncio.Redis.from_url(self.redis.url) as client:
            found = await client.pubsub_numsub(*(f"{LAYER_PREFIX}__group__{group}" for group in groups))
        return dict(zip(groups, (count for _channel, count in found), strict=True))

    async def do(self, deed: str, **wanted: Any) -> dict[str, Any]:
        """Let the administrator perform an action. Raises RuntimeError if it failed."""
        line = json.dumps({"do": deed, **wanted})
        loop = asyncio.get_running_loop()
        text = await asyncio.wait_for(
            loop.run_in_executor(self._admin_thread, self._ask_administrator, line), ADMIN_SECONDS
        )
        answer: dict[str, Any] = json.loads(text)
        if "error" in answer:
            raise RuntimeError(f"{deed}: {answer['error']}")
        return answer

    async def start_administrator(self, code: Code) -> None:
        """Start an administrator with this code, who takes turns with those that run already."""
        administrator = Administrator(self.installation.env, code)
        await self.call_blocking(administrator.start)
        self.administrators.append(administrator)

    async def stop_administrator(self, administrator: Administrator) -> None:
        """End one of several administrators."""
        # Runs in the thread that asks administrators, so that none is ended during an action.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._admin_thread, self.administrators.remove, administrator)
        await self.call_blocking(administrator.stop)

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """The rows that a statement returns, bypassing all proxies."""
        return await asyncio.to_thread(self._rows, statement, values)

    def network_of_all(self, link: str) -> list[Network]:
        """The networks of all `front`, `redis` or `postgresql` links."""
        return [getattr(node, link).network for node in self.nodes]

    def logs(self) -> list[str]:
        """The log of each server and worker so far."""
        return [process.output() for process in (*(node.server for node in self.nodes), *self.workers)]

    def heal(self) -> None:
        """End all network faults."""
        for node in self.nodes:
            for proxy in node.proxies:
                proxy.network.heal()

    # --- starting and stopping -----------------------------------------------------------------------------------

    async def _start(self) -> None:
        self.installation = await self.call_blocking(self._install)
        self.database_url = self.installation.env["DATABASE_URL"]
        await self.start_administrator(self.code)
        for number in range(1, self.processes + 1):
            self.nodes.append(await self._node(number))
            await self.start_server(self.nodes[-1])
        await self.start_workers()

    async def start_workers(self) -> None:
        """Start one process that does the background work, with this checkout's code."""
        if self.code == THIS_CODE:
            await self.add_worker(self.installation.env)

    async def add_worker(self, env: dict[str, str]) -> None:
        """Start another worker with this environment."""
        worker = Worker(self.place(f"worker-{len(self.workers) + 1}"), env, THIS_CODE.python, THIS_CODE.directory)
        self.workers.append(worker)
        await self.call_blocking(worker.start)

    def _install(self) -> Installation:
        self.postgresql.start()
        self.redis.start()
        place = self.place("installations")
        return Installations(
            place, databases=self.postgresql.databases, redis_url=self.redis.url, code=self.code
        ).create()

    async def _node(self, number: int) -> Node:
        redis = await Proxy(self.redis.port).start()
        postgresql = await Proxy(self.postgresql.port).start()
        env = self.installation.env | {
            "DATABASE_URL": at_port(self.database_url, postgresql.port),
            "REDIS_URL": at_port(self.redis.url, redis.port),
            "PYTHONFAULTHANDLER": "1",
        }
        server = ReportingServer(self.place(f"server-{number}"), env, self.code)
        return Node(number, server, await Proxy(server.port).start(), redis, postgresql)

    def _ask_administrator(self, line: str) -> str:
        """Ask one of the administrators, who take turns."""
        self.administrators.append(self.administrators.pop(0))
        return self.administrators[-1].ask(line)

    def _stop(self) -> None:
        for administrator in self.administrators:
            administrator.stop()
        for node in self.nodes:
            node.server.kill()
        for worker in self.workers:
            worker.kill()
        for service in self.services:
            service.stop()

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def place(self, name: str) -> Path:
        """A new directory of this name, with a number appended if it exists already."""
        made = next(path for path in self._places(name) if not path.exists())
        make_open_directory(made)
        return made

    def _places(self, name: str) -> Iterator[Path]:
        yield self.directory / name
        yield from (self.directory / f"{name}-{number}" for number in itertools.count(2))


def at_port(url: str, port: int) -> str:
    """The same URL with another port of 127.0.0.1."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login + '@' if login else ''}127.0.0.1:{port}").geturl()
