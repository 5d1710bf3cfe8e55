"""Runs for hours or days: whether clients that connect and disconnect leave anything behind."""

import asyncio
from typing import Any

from faults.run import Run, Scenario, wait_for

CYCLE_SECONDS = 60.0
WARM_UP_SHARE = 0.25
"""The share of all minutes after which caches are full, and the allocator has reached its usual size."""

GONE_SECONDS = 20.0
GROWTH = {"memory": 12 * 1024 * 1024, "objects": 20_000, "tasks": 0, "files": 4, "threads": 2}
"""How much more a server process may hold at the end than when it was warm."""

SITE_GROWTH = {"channels": 0, "redis": 4, "postgresql": 4}


async def soak(run: Run) -> None:
    """For `--minutes`, people connect and disconnect: what processes hold without them must not grow."""
    ends = run.now + run.options.minutes * 60
    warm = run.now + run.options.minutes * 60 * WARM_UP_SHARE
    first = await _cycle(run, warm_up=True)
    while run.now < warm:
        first = await _cycle(run, warm_up=True)
    last, memory = first, [_memory(first)]
    while run.now < ends:
        last = await _cycle(run)
        memory.append(_memory(last))
    run.note(f"memory after each minute since it was warm, in MiB: {', '.join(f'{mib:.0f}' for mib in memory)}")
    run.note(f"warmed up: {_described(first)}")
    run.note(f"at the end: {_described(last)}")
    for name, held in last.items():
        for what, allowed in (SITE_GROWTH if name == "site" else GROWTH).items():
            grown = held[what] - first[name][what]
            run.expect(grown <= allowed, f"{name} holds {grown} more {what} than when it was warm")
        if name != "site":
            run.expect(held["connections"] == held["people"] == held["rooms"] == 0, f"{name} holds {held}")
    run.crowd.start()


async def _cycle(run: Run, *, warm_up: bool = False) -> dict[str, dict[str, Any]]:
    """Let everybody connect, talk, reconnect at random, and disconnect. Returns what the processes hold after that."""
    crowd = run.crowd
    crowd.stop_talking()
    crowd.start()
    async with run.during("warming up" if warm_up else "connecting and disconnecting"):
        ends = run.now + CYCLE_SECONDS
        while run.now < ends:
            await run.wait(run.rng.uniform(0.1, 0.6))
            client = run.rng.choice(crowd.clients)
            match run.rng.randrange(4):
                case 0:
                    client.reload()
                case 1:
                    client.network.reset()
                case 2:
                    await crowd.close_page(client)
                case _:
                    crowd.open_page(client)
    await crowd.stop()
    async with run.during("everybody is disconnected"):
        return await _when_all_are_gone(run)


async def _when_all_are_gone(run: Run) -> dict[str, dict[str, Any]]:
    held: dict[str, dict[str, Any]] = {}

    async def look() -> None:
        nonlocal held
        while True:
            held = await run.site.holdings()
            await asyncio.sleep(1)

    looking = asyncio.create_task(look())

    def quiet() -> bool:
        return bool(held) and all(h["connections"] == 0 for name, h in held.items() if name != "site")

    await wait_for(quiet, GONE_SECONDS)
    looking.cancel()
    await run.wait(2)  # subscriptions and buckets are removed a moment after their last person
    return await run.site.holdings()


def _memory(held: dict[str, dict[str, Any]]) -> float:
    """The memory of all server processes together, in MiB."""
    return sum(float(of_it["memory"]) for name, of_it in held.items() if name != "site") / 2**20


def _described(held: dict[str, dict[str, Any]]) -> str:
    return "; ".join(f"{name}: {', '.join(_amount(*one) for one in of_it.items())}" for name, of_it in held.items())


def _amount(what: str, value: int) -> str:
    return f"{value / 2**20:.0f} MiB" if what == "memory" else f"{value} {what}"


SCENARIOS: list[Scenario] = [soak]
