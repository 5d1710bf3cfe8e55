"""Faults between clients and the site, and in the clients."""

from faults.client import Client
from faults.run import Run, Scenario

DAY_SECONDS = 24 * 3600.0
HALF_OPEN_SECONDS = 45.0
"""A heartbeat interval, plus the silence after which a connection counts as dead."""


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
                client.resume()
        await run.wait(3)


async def network_half_open(run: Run) -> None:
    """A third of the clients lose their connection without an RST; half of these probe it at once, as after a sleep."""
    lost = some(run, 0.35)
    async with run.during(f"{len(lost)} clients half-open"):
        for client in lost:
            client.network.half_open()
        await run.wait(3)
        for client in lost[::2]:
            client.resume()
        await run.wait(HALF_OPEN_SECONDS)
    await run.wait(3)


async def network_slow(run: Run) -> None:
    """A third of the clients have a latency of two seconds."""
    slow = some(run, 0.35)
    async with run.during(f"{len(slow)} clients two seconds away"):
        for client in slow:
            client.network.latency = 2.0
        await run.wait(20)
    for client in slow:
        client.network.heal()
    await run.wait(3)


async def network_throttled(run: Run) -> None:
    """A quarter of the clients get 1 KB a second, which is less than the messages in their room."""
    slow = some(run, 0.25)
    async with run.during(f"{len(slow)} clients at 1 KB/s"):
        for client in slow:
            client.network.bytes_per_second = 1024
        await run.wait(25)
    for client in slow:
        client.network.heal()
    await run.wait(3)


async def network_frozen(run: Run) -> None:
    """The network of half of the clients freezes for 8 s; all held data then arrives at once."""
    frozen = some(run, 0.5)
    async with run.during(f"{len(frozen)} clients frozen"):
        for client in frozen:
            client.network.freeze()
        await run.wait(8)
        for client in frozen:
            client.network.heal()
    await run.wait(3)


async def clock_wrong(run: Run) -> None:
    """The clocks of a third of the clients jump, as after a sleep, and jump back a moment later.

    The clients measure time by a monotonic clock, so each of them only probes its socket.
    """
    wrong = some(run, 0.35)
    for _ in range(3):
        async with run.during(f"{len(wrong)} clocks jump"):
            for client in wrong:
                client.resume()
            await run.wait(7)


async def pages_reloaded(run: Run) -> None:
    """Pages are reloaded constantly, in the middle of sending."""
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
