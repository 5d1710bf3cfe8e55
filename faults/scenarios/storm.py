"""Everybody reconnects at the same moment."""

import asyncio

from faults.run import Run, Scenario, wait_for

PATIENCE_SECONDS = 60.0


async def reconnect_storm(run: Run) -> None:
    """All clients lose their connection at the same moment and reconnect; then all server processes are killed."""
    crowd = run.crowd
    async with run.during("everybody is cut off"):
        for client in crowd.clients:
            client.network.reset()
        run.note(f"{len(crowd.clients)} clients back {await _all_back(run):.1f} s after all were cut off")
    await run.wait(3)
    async with run.during("all server processes killed"):
        await asyncio.gather(*(run.site.kill_server(node) for node in run.site.nodes))
        for node in run.site.nodes:
            await run.site.start_server(node)
        for client in crowd.clients:
            client.resume()
        run.note(f"{len(crowd.clients)} clients back {await _all_back(run):.1f} s after the servers were")
    await run.wait(3)


async def _all_back(run: Run) -> float:
    """Wait until everybody is connected and has caught up. Returns the seconds that this took."""
    began = run.now
    await run.wait(0.2)
    back = await wait_for(lambda: all(client.is_caught_up for client in run.crowd.staying), PATIENCE_SECONDS)
    run.expect(back, f"not everybody was back within {PATIENCE_SECONDS:.0f} s")
    return run.now - began


reconnect_storm.clients = 1000  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [reconnect_storm]
