"""Server processes are killed, restarted and frozen."""

from faults.run import Run, Scenario
from faults.site import Node

FROZEN_SECONDS = 30.0
DRAIN_SECONDS = 10.5
FAIL_POINT_SECONDS = 30.0
CATCH_ATTEMPTS = 500
LOCKED_SECONDS = 8.0
"""PostgreSQL ends a transaction after 6 s and releases its locks; the rest allows for a busy machine."""


async def calm(run: Run) -> None:
    """No fault is injected."""
    await run.wait(10)


async def server_killed(run: Run) -> None:
    """`kill -9` a server process, three times, and start it again."""
    for _ in range(3):
        node = run.any_node()
        async with run.during(f"server {node.number} killed"):
            await run.site.kill_server(node)
            await run.wait(run.rng.uniform(0.5, 3))
            await run.site.start_server(node)
        run.spread_clients()
        await run.wait(run.rng.uniform(2, 4))


async def server_killed_before_publish(run: Run) -> None:
    """`kill -9` exactly between COMMIT and publish, so that a stored message has neither ack nor event."""
    for _ in range(3):
        node = run.any_node()
        async with run.during(f"server {node.number} dies at the fail point"):
            await run.site.kill_server(node)
            await run.site.start_server(node, FAIL_POINT=str(run.rng.randint(5, 40)))
            run.spread_clients()
            died = await run.site.ended(node, FAIL_POINT_SECONDS)
            run.expect(died, f"server {node.number} did not reach its fail point")
            await run.wait(run.rng.uniform(0.5, 2))
            await run.site.start_server(node)
        await run.wait(run.rng.uniform(1, 3))


async def rolling_restart(run: Run) -> None:
    """SIGTERM to one server process after the other, as a deployment does."""
    for node in run.site.nodes:
        async with run.during(f"server {node.number} restarting"):
            took = await run.site.restart_server(node)
        run.expect(took < DRAIN_SECONDS, f"server {node.number} took {took:.1f} s to end")
        run.spread_clients()
        run.note(f"server {node.number} ended {took:.1f} s after SIGTERM")
        await run.wait(6)


async def server_frozen(run: Run) -> None:
    """SIGSTOP a server process for 30 s: its clients wait, within their timeout, and the other processes go on."""
    node = run.any_node()
    run.lose_connections()
    began = run.now
    async with run.during(f"server {node.number} frozen"):
        node.server.freeze()
        await run.wait(FROZEN_SECONDS)
        _expect_others_to_go_on(run, node, since=began)
        node.server.thaw()
    await run.wait(10)


async def server_frozen_in_a_transaction(run: Run) -> None:
    """SIGSTOP a server process for 30 s while it holds locks of rooms: the others go on nevertheless."""
    node = run.any_node()
    run.lose_connections()
    began = run.now
    async with run.during(f"server {node.number} frozen in a transaction"):
        run.expect(await _freeze_in_a_transaction(run, node), "the process was never found in a transaction")
        await run.wait(FROZEN_SECONDS)
        _expect_others_to_go_on(run, node, since=began)
        node.server.thaw()
    await run.wait(10)


def _expect_others_to_go_on(run: Run, frozen: Node, *, since: float) -> None:
    """Check that no client of another process waited for an ack for longer than locks can be held."""
    others = [client for client in run.crowd.clients if client.node is not frozen]
    longest = max(run.waits_for_acks(others, since=since), default=0.0)
    run.note(f"the longest that a client of another process waited for an ack: {longest:.1f} s")
    run.expect(longest < LOCKED_SECONDS, f"a frozen process blocked the others for {longest:.1f} s")


async def _freeze_in_a_transaction(run: Run, node: Node) -> bool:
    for _ in range(CATCH_ATTEMPTS):
        node.server.freeze()
        held = await run.site.rows(
            "SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE state = 'idle in transaction' "
            "AND relation = 'chat_room'::regclass AND mode = 'RowShareLock'"
        )
        if {row["client_port"] for row in held} & node.postgresql.ports_beyond():
            return True
        node.server.thaw()
        await run.wait(run.rng.uniform(0.01, 0.05))
    return False


SCENARIOS: list[Scenario] = [
    calm,
    server_killed,
    server_killed_before_publish,
    rolling_restart,
    server_frozen,
    server_frozen_in_a_transaction,
]
