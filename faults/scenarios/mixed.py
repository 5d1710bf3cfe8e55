"""Everything at once, at random."""

import asyncio

from faults.run import Run, Scenario
from faults.scenarios import network, postgresql, redis, servers

AT_ONCE = 3
PAUSE_SECONDS = 3.0

# One fault at a time of each kind: two of a kind would only undo each other.
KINDS: dict[str, list[Scenario]] = {
    "servers": [
        servers.server_killed,
        servers.server_killed_before_publish,
        servers.rolling_restart,
        servers.server_frozen,
    ],
    "redis": [redis.redis_killed, redis.redis_frozen, redis.redis_flushed, redis.redis_cut_off_from_one],
    "postgresql": [
        postgresql.postgresql_restarted,
        postgresql.postgresql_crashed,
        postgresql.postgresql_frozen,
        postgresql.postgresql_connections_killed,
        postgresql.postgresql_links_reset,
    ],
    "network": [
        network.network_cut,
        network.network_half_open,
        network.network_slow,
        network.network_throttled,
        network.network_frozen,
        network.clock_wrong,
        network.pages_reloaded,
    ],
}


async def mixed(run: Run) -> None:
    """Faults of all kinds at random moments, several at once, for `--minutes`."""
    run.is_mixed = True
    ends = run.now + run.options.minutes * 60
    gate = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for scenarios in KINDS.values():
            group.create_task(_one_after_another(run, scenarios, gate, ends))


async def _one_after_another(run: Run, scenarios: list[Scenario], gate: asyncio.Semaphore, ends: float) -> None:
    while run.now < ends:
        await run.wait(run.rng.uniform(0, 2 * PAUSE_SECONDS))
        async with gate:
            if run.now < ends:
                await run.rng.choice(scenarios)(run)


SCENARIOS: list[Scenario] = [mixed]
