"""PostgreSQL restarts, crashes, freezes, and loses its connections."""

import contextlib
import signal
from collections.abc import AsyncIterator

from faults.run import Run, Scenario

FROZEN_SECONDS = 10.0
AWAY_SECONDS = 3.0
BACK_WITHIN_SECONDS = 8.0
"""Everything sent in the meantime must be stored and acked this soon after PostgreSQL is up again."""

KILL_CONNECTIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
HALF_OPEN_SECONDS = 15.0
"""The kernel drops a connection with unacknowledged data after this long (`tcp_user_timeout`); here the proxy does."""


@contextlib.asynccontextmanager
async def lost(run: Run, what: str) -> AsyncIterator[None]:
    """PostgreSQL is unavailable during the block. Check that soon after it all acts are acked."""
    run.lose_connections()
    began = run.now
    async with run.during(what):
        yield
    away = run.now - began
    await run.wait(BACK_WITHIN_SECONDS)
    longest = max(run.waits_for_acks(run.crowd.clients, since=began), default=0.0)
    finding = f"an ack took {longest:.1f} s, and PostgreSQL was lost for {away:.1f} s"
    run.expect(longest < away + BACK_WITHIN_SECONDS, finding)


async def postgresql_restarted(run: Run) -> None:
    """Restart PostgreSQL as an administrator does: every connection is closed, open transactions are rolled back."""
    async with lost(run, "PostgreSQL restarted"):
        await run.site.call_blocking(run.site.postgresql.stop)
        await run.wait(AWAY_SECONDS)
        await run.site.call_blocking(run.site.postgresql.start)


async def postgresql_crashed(run: Run) -> None:
    """PostgreSQL crashes in the middle of transactions, and recovers from its log."""
    async with lost(run, "PostgreSQL crashed"):
        process = run.site.postgresql.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        await run.site.call_blocking(process.wait)
        await run.wait(AWAY_SECONDS)
        await run.site.call_blocking(run.site.postgresql.start)


async def postgresql_frozen(run: Run) -> None:
    """The network of PostgreSQL freezes for 10 s; all held data then arrives."""
    networks = run.site.network_of_all("postgresql")
    async with lost(run, "PostgreSQL frozen"):
        for network in networks:
            network.freeze()
        await run.wait(FROZEN_SECONDS)
        for network in networks:
            network.heal()


async def postgresql_connections_killed(run: Run) -> None:
    """pg_terminate_backend for every connection, ten times in ten seconds."""
    async with lost(run, "connections to PostgreSQL killed"):
        for _ in range(10):
            await run.site.rows(KILL_CONNECTIONS)
            await run.wait(run.rng.uniform(0.5, 1.5))


async def postgresql_links_reset(run: Run) -> None:
    """The network resets connections to PostgreSQL at any moment, so that the outcome of a last COMMIT is unknown."""
    async with lost(run, "links to PostgreSQL reset"):
        for _ in range(20):
            run.any_node().postgresql.network.reset()
            await run.wait(run.rng.uniform(0.1, 1.0))


async def postgresql_half_open(run: Run) -> None:
    """The PostgreSQL connections of one server process become half-open, until the kernel drops them."""
    node = run.any_node()
    async with lost(run, f"server {node.number} half-open to PostgreSQL"):
        node.postgresql.network.half_open()
        await run.wait(HALF_OPEN_SECONDS)
        node.postgresql.network.heal()


SCENARIOS: list[Scenario] = [
    postgresql_restarted,
    postgresql_crashed,
    postgresql_frozen,
    postgresql_connections_killed,
    postgresql_links_reset,
    postgresql_half_open,
]
