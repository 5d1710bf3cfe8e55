"""What happens between a client and the site, and to a client itself."""

from faults.client import Client
from faults.run import Run, Scenario

DAY_SECONDS = 24 * 3600.0
HALF_OPEN_SECONDS = 45.0
"""A heartbeat, and the silence after it that counts as an end."""


def some(run: Run, share: float) -> list[Client]:
    """Some of the clients."""
    clients = run.crowd.staying
    return run.rng.sample(clients, max(1, int(share * len(clients))))


async def network_cut(run: Run) -> None:
    """Half of the clients lose their network for a few seconds, three times."""
    for _ in range(3):
        cut = some(run, 0.5)
        async with run.during(f"{len(cut)} clients cut off"):
            for client in cut:
                client.network.cut()
            await run.wait(run.rng.uniform(1, 6))
            for client in cut:
                client.network.heal()
                client.nudge()
        await run.wait(3)


async def network_half_open(run: Run) -> None:
    """A third of the clients lose their connection without an RST; half of those find out at once, as after a sleep."""
    lost = some(run, 0.35)
    async with run.during(f"{len(lost)} clients half-open"):
        for client in lost:
            client.network.half_open()
        await run.wait(3)
        for client in lost[::2]:
            client.nudge()
        await run.wait(HALF_OPEN_SECONDS)
    await run.wait(3)


async def network_slow(run: Run) -> None:
    """A third of the clients is two seconds away."""
    slow = some(run, 0.35)
    async with run.during(f"{len(slow)} clients two seconds away"):
        for client in slow:
            client.network.latency = 2.0
        await run.wait(20)
    for client in slow:
        client.network.heal()
    await run.wait(3)


async def network_throttled(run: Run) -> None:
    """A quarter of the clients gets 1 KB a second, and all that is said in their room is more."""
    slow = some(run, 0.25)
    async with run.during(f"{len(slow)} clients at 1 KB/s"):
        for client in slow:
            client.network.bytes_per_second = 1024
        await run.wait(25)
    for client in slow:
        client.network.heal()
    await run.wait(3)


async def network_frozen(run: Run) -> None:
    """Half of the clients freeze for 8 s, and all that was sent meanwhile arrives at once."""
    frozen = some(run, 0.5)
    async with run.during(f"{len(frozen)} clients frozen"):
        for client in frozen:
            client.network.freeze()
        await run.wait(8)
        for client in frozen:
            client.network.heal()
    await run.wait(3)


async def clock_wrong(run: Run) -> None:
    """A third of the clients finds that its clock has jumped, as after a sleep, and that a moment later it jumps back.

    The clients measure time by a monotonic clock; so nothing follows but that each asks whether its socket is alive.
    """
    wrong = some(run, 0.35)
    for _ in range(3):
        async with run.during(f"{len(wrong)} clocks jump"):
            for client in wrong:
                client.nudge()
            await run.wait(7)


async def pages_reloaded(run: Run) -> None:
    """Pages are reloaded all the time, in the middle of sending."""
    async with run.during("pages reloaded"):
        for _ in range(30):
            for client in some(run, 0.15):
                client.reload()
            await run.wait(0.5)
    await run.wait(3)


SCENARIOS: list[Scenario] = [
    network_cut,
    network_half_open,
    network_slow,
    network_throttled,
    network_frozen,
    clock_wrong,
    pages_reloaded,
]
