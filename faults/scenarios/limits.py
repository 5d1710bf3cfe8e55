"""A resource of the machine or of a service is used up: PostgreSQL connections, Redis memory, files, memory."""

import asyncio
import contextlib
import os
import shutil
import threading
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import redis.asyncio

from faults.embedded import EmbeddedSite
from faults.newcomers import Newcomers
from faults.pages import Reader
from faults.readiness import watched
from faults.run import Run, Scenario, wait_for
from faults.scenarios.redis import is_live_again
from faults.site import OWNER, OWNER_PASSWORD, Node

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TAKEN_SECONDS = 25.0
FULL_SECONDS = 12.0
BACK_WITHIN_SECONDS = 25.0
"""Clients retry after at most 20 s."""

MAX_CONNECTIONS = 40
FILES = 200
NEWCOMERS = 300
MANY_NEWCOMERS = 1500
HEADROOM_BYTES = 20 * 1024 * 1024
"""The memory that remains between what a process uses with its clients and 90 % of its limit."""

CROWDED_SECONDS = 10.0
ACK_WITHIN_SECONDS = 3.0
ADMITTED_WITHIN_SECONDS = 20.0
ARRIVED_SECONDS = 30.0


# --- PostgreSQL out of connections -----------------------------------------------------------------------------------


class Hog:
    """Takes every connection to PostgreSQL, including those of others, until it is stopped."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._taken: list[psycopg.Connection] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)

    def start(self) -> None:
        """Take all free connections, close those of others, and take these as well."""
        self._thread.start()

    def stop(self) -> None:
        """Close all of them."""
        self._is_over.set()
        self._thread.join()
        for connection in self._taken:
            connection.close()

    @property
    def taken(self) -> int:
        """The number of connections taken."""
        return len(self._taken)

    def _take(self) -> None:
        while not self._is_over.wait(0.01):
            with contextlib.suppress(psycopg.Error):
                self._taken.append(psycopg.connect(self._url, autocommit=True, application_name="hog"))
                continue
            with contextlib.suppress(psycopg.Error, IndexError):
                self._taken[0].execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name <> 'hog' AND backend_type = 'client backend'"
                )


async def postgresql_out_of_connections(run: Run) -> None:
    """Another client takes all connections to PostgreSQL for 25 s; sends are answered, and stored afterwards."""
    async with _few_connections(run):
        began = run.now
        refused_before = run.crowd.stats.refusals["unavailable"]
        hog = Hog(run.site.database_url)
        async with run.during("PostgreSQL has no connection left"), watched(run.site) as seen:
            hog.start()
            await run.wait(TAKEN_SECONDS)
            refused = run.crowd.stats.refusals["unavailable"] - refused_before
            run.note(f"somebody took {hog.taken} of {MAX_CONNECTIONS} connections; {refused} sends were `unavailable`")
            await run.site.call_blocking(hog.stop)
        run.expect(refused > 0, "nobody was answered `unavailable`")
        run.expect("503: The database cannot be reached" in " / ".join(seen.complaints), f"/readyz: {seen}")
        await _expect_recovery(run, began)


@contextlib.asynccontextmanager
async def _few_connections(run: Run) -> AsyncIterator[None]:
    """Restart PostgreSQL with fewer connections, and restore its setting after the block."""
    settings = run.site.postgresql.settings
    before = settings["max_connections"]
    try:
        await _restart_postgresql(run, str(MAX_CONNECTIONS))
        yield
    finally:
        await _restart_postgresql(run, before)


async def _restart_postgresql(run: Run, connections: str) -> None:
    run.site.postgresql.settings["max_connections"] = connections
    async with run.during(f"PostgreSQL restarts with {connections} connections"):
        await run.site.call_blocking(run.site.postgresql.stop)
        await run.site.call_blocking(run.site.postgresql.start)
        await run.wait(3)


async def _expect_recovery(run: Run, began: float) -> None:
    """Waiting messages are acked soon, and every process reports ready."""
    freed = run.now
    waiting = [act for client in run.crowd.clients for act in client.outbox]
    await wait_for(lambda: all(act.acked or act.refused for act in waiting), 2 * BACK_WITHIN_SECONDS)
    run.note(f"{len(waiting)} waited, and were acked {run.now - freed:.1f} s after it was over ({freed - began:.0f} s)")
    run.expect(run.now - freed < BACK_WITHIN_SECONDS, f"what waited took {run.now - freed:.1f} s after it was over")
    async with watched(run.site) as seen:
        await run.wait(2)
    run.expect(not seen.complaints, f"/readyz still complains: {list(seen.complaints)}")


# --- Redis at its limit ----------------------------------------------------------------------------------------------


async def redis_full(run: Run) -> None:
    """Redis is full (`maxmemory`, noeviction): people still talk, reconnect and sign in."""
    began = run.now
    async with redis.asyncio.Redis.from_url(run.site.redis.url) as client, run.during("Redis is full"):
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", 1)
        try:
            await run.wait(3)
            await _expect_sign_in(run)
            run.spread_clients()
            await run.wait(FULL_SECONDS)
        finally:
            await client.config_set("maxmemory", 0)
    longest = max(run.waits_for_acks(run.crowd.clients, since=began), default=0.0)
    run.note(f"the longest wait for an ack while Redis was full: {longest:.1f} s")
    run.expect(longest < ACK_WITHIN_SECONDS, f"an ack took {longest:.1f} s while Redis was full")
    await is_live_again(run, lost_at=began)


async def _expect_sign_in(run: Run) -> None:
    for node in run.site.nodes:
        form = f"login={OWNER}&password={OWNER_PASSWORD.replace(' ', '+')}"
        status = await Reader(node.server.url, "").fetch("POST", "/accounts/login/", form)
        run.expect(status == 302, f"signing in was answered with {status} while Redis was full")


# --- one process at its limits ---------------------------------------------------------------------------------------


async def files_exhausted(run: Run) -> None:
    """A process may open 200 files, and 300 new clients connect: some are refused, and nobody connected notices."""
    if shutil.which("prlimit") is None:
        run.skip("there is no prlimit: apt install util-linux")
        return
    run.crowd.stop_talking()  # the database may not have been opened for writing yet
    await wait_for(lambda: not any(client.outbox for client in run.crowd.staying), ARRIVED_SECONDS)
    async with _limited(run, f"--nofile={FILES}") as node:
        await _connect_newcomers(run, node, NEWCOMERS)
        await _expect_admission(run, node)


async def memory_exhausted(run: Run) -> None:
    """A process has little memory left, and 1,500 new clients connect: most are refused, and it keeps running."""
    if shutil.which("prlimit") is None:
        run.skip("there is no prlimit: apt install util-linux")
        return
    everybody = run.site.nodes[0]
    async with _limited(run, "--nofile=20000"):
        used = _address_space(everybody)
    async with _limited(run, f"--as={int((used + HEADROOM_BYTES) / 0.9)}") as node:
        pid = node.pid
        await _connect_newcomers(run, node, MANY_NEWCOMERS)
        run.expect(node.server.is_running() and node.pid == pid, "the process died")


def _address_space(node: Node) -> int:
    """Bytes that count against `prlimit --as`."""
    return int(Path(f"/proc/{node.pid}/statm").read_text().split()[0]) * PAGE_BYTES


@contextlib.asynccontextmanager
async def _limited(run: Run, limit: str) -> AsyncIterator[Node]:
    """Connect everybody to one process with this limit, while the block runs."""
    node, *others = run.site.nodes
    node.server.limits = ["prlimit", limit]
    try:
        # One arena: otherwise each further thread would reserve another 64 MiB of addresses.
        await run.site.restart_server(node, CONNECTIONS_PER_ADDRESS="100000", MALLOC_ARENA_MAX="1")
        for other in others:
            other.is_wanted = False
        for client in run.crowd.staying:
            client.reload()
        await run.wait(0.5)
        await wait_for(lambda: all(client.is_caught_up for client in run.crowd.staying), ARRIVED_SECONDS)
        yield node
    finally:
        node.server.limits = []
        await run.site.restart_server(node)
        for other in others:
            other.is_wanted = True


async def _connect_newcomers(run: Run, node: Node, number: int) -> None:
    """Open this many sockets. Some must be refused, either with a reason and Retry-After or before their request is
    read, and connected people must notice nothing."""
    sessions = [f"{run.crowd.stage.cookie}={person['session']}" for person in run.crowd.stage.people]
    newcomers = Newcomers(node.server.port, sessions)
    began = run.now
    async with run.during(f"{number} newcomers"):
        try:
            await newcomers.connect(number)
            run.crowd.stop_talking()
            run.crowd.talk()
            await run.wait(CROWDED_SECONDS)
            longest = max(run.waits_for_acks(run.crowd.clients, since=began), default=0.0)
        finally:
            newcomers.disconnect()
    outcomes = Counter(newcomers.outcomes)
    run.note(f"{number} newcomers: {dict(outcomes)}; the longest wait for an ack was {longest:.1f} s")
    run.expect(any(at > began for at, _took in run.crowd.stats.acks), "nobody received an ack while they connected")
    run.expect(outcomes["admitted"] > 0, "nobody was admitted")
    run.expect(outcomes["admitted"] < number, "everybody was admitted")
    strange = set(outcomes) - {"admitted", "503 with Retry-After", "refused"}
    run.expect(not strange, f"other answers to newcomers: {strange}")
    run.expect(longest < ACK_WITHIN_SECONDS, f"connected people waited {longest:.1f} s for an ack")


async def _expect_admission(run: Run, node: Node) -> None:
    """Check that a new client is admitted once the others have disconnected."""
    began = run.now
    cookie = run.crowd.clients[0].cookie
    while run.now - began < ADMITTED_WITHIN_SECONDS:
        one = Newcomers(node.server.port, [cookie])
        await one.connect(1)
        one.disconnect()
        if one.outcomes == ["admitted"]:
            run.note(f"a newcomer was admitted {run.now - began:.1f} s after the others had disconnected")
            return
        await asyncio.sleep(0.5)
    run.expect(False, f"nobody was admitted {ADMITTED_WITHIN_SECONDS:.0f} s after the others had disconnected")


files_exhausted.site = EmbeddedSite  # type: ignore[attr-defined]  # SQLite opens a file for each thread
memory_exhausted.clients = 40  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [postgresql_out_of_connections, redis_full, files_exhausted, memory_exhausted]
