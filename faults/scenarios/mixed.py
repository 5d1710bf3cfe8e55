"""Random faults of all kinds at once."""

import asyncio

from faults.run import REVOKED_WITHIN_SECONDS, Run, Scenario
from faults.scenarios import network, people, postgresql, redis, servers

AT_ONCE = 3
PAUSE_SECONDS = 3.0

# Only one fault of each kind at a time: two of the same kind would undo each other.
KINDS: dict[str, list[Scenario]] = {
    "servers": [
        servers.server_killed,
        servers.server_killed_before_publish,
        servers.rolling_restart,
        servers.server_frozen,
        servers.server_frozen_in_a_transaction,
    ],
    "redis": [
        redis.redis_killed,
        redis.redis_frozen,
        redis.redis_flushed,
        redis.redis_cut_off_from_one,
        redis.redis_half_open,
    ],
    "postgresql": [
        postgresql.postgresql_restarted,
        postgresql.postgresql_crashed,
        postgresql.postgresql_frozen,
        postgresql.postgresql_connections_killed,
        postgresql.postgresql_links_reset,
        postgresql.postgresql_half_open,
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
    "people": [people.removed],
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


async def brief(run: Run) -> None:
    """A short run for the tests: each part of the site gets one fault within a quarter of a minute."""
    node = run.any_node()
    private = run.crowd.stage.rooms[2]
    await run.sign_out(run.crowd.clients[1].user)
    await run.deactivate(run.crowd.clients[2].user)
    await run.wait(REVOKED_WITHIN_SECONDS)
    async with run.during("everything, briefly"):
        await run.site.kill_server(node)
        await run.site.start_server(node, FAIL_POINT="3")
        run.spread_clients()
        run.expect(await run.site.ended(node, 20), f"server {node.number} did not reach its fail point")
        run.redis_is_down()
        await run.site.call_blocking(run.site.redis.kill)
        await run.remove(private["members"][0], private["id"])
        await run.site.start_server(node)
        await run.site.call_blocking(run.site.redis.start)
        run.redis_is_up()
        for client in run.crowd.clients[::2]:
            client.network.reset()
        await run.site.rows(postgresql.KILL_CONNECTIONS)
        await run.remove(private["members"][1], private["id"])
        for link in run.site.network_of_all("postgresql"):
            link.reset()
        await run.wait(2)
        run.crowd.clients[0].reload()


SCENARIOS: list[Scenario] = [mixed, brief]
