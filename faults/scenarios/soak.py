"""Hours, days: whether anything is left behind by all who come and go."""

import asyncio
from typing import Any

from faults.run import Run, Scenario, wait_for

CYCLE_SECONDS = 60.0
WARM_UP_SHARE = 0.25
"""Of all minutes: until caches are full, and the allocator has taken what a full house needs."""

GONE_SECONDS = 20.0
GROWTH = {"memory": 12 * 1024 * 1024, "objects": 20_000, "tasks": 0, "files": 4, "threads": 2}
"""How much more of each a server process may hold at the end than when it was warm."""

SITE_GROWTH = {"channels": 0, "redis": 4, "postgresql": 4}


async def soak(run: Run) -> None:
    """For `--minutes`, people come and go; what the processes hold when all are gone stays what it was."""
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
    run.note(f"warmed up: {_told(first)}")
    run.note(f"at the end: {_told(last)}")
    for name, held in last.items():
        for what, allowed in (SITE_GROWTH if name == "site" else GROWTH).items():
            grown = held[what] - first[name][what]
            run.expect(grown <= allowed, f"{name} holds {grown} more {what} than when it was warm")
        if name != "site":
            run.expect(held["connections"] == held["people"] == held["rooms"] == 0, f"{name} holds {held}")
    run.crowd.start()


async def _cycle(run: Run, *, warm_up: bool = False) -> dict[str, dict[str, Any]]:
    """Everybody comes, talks, comes and goes; then everybody goes. What is held after that."""
    crowd = run.crowd
    crowd.hush()
    crowd.start()
    async with run.during("warming up" if warm_up else "coming and going"):
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
                    await crowd.leave(client)
                case _:
                    crowd.come(client)
    await crowd.stop()
    async with run.during("everybody is gone"):
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
    await run.wait(2)  # subscriptions and buckets go a moment after their last person
    return await run.site.holdings()


def _memory(held: dict[str, dict[str, Any]]) -> float:
    """MiB of all server processes together."""
    return sum(float(of_it["memory"]) for name, of_it in held.items() if name != "site") / 2**20


def _told(held: dict[str, dict[str, Any]]) -> str:
    return "; ".join(f"{name}: {', '.join(_amount(*one) for one in of_it.items())}" for name, of_it in held.items())


def _amount(what: str, value: int) -> str:
    return f"{value / 2**20:.0f} MiB" if what == "memory" else f"{value} {what}"


SCENARIOS: list[Scenario] = [soak]
