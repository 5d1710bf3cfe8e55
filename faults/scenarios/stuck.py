"""Readers that never read, or read too slowly, beside others."""

import asyncio
import contextlib
import os
import select
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from faults.client import Client
from faults.run import Run, Scenario, wait_for
from faults.site import Node
from faults.stats import percentile
from tests.harness.raw_client import RawClient

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STUCK = 8
WITHOUT_SECONDS = 12.0
WITH_SECONDS = 30.0
OPENING_SECONDS = 3.0
"""Stuck clients receive the whole room first, like everybody who opens it; that does not count as stuck."""

ARRIVAL_SECONDS = 30.0
TALKERS = 8
PAUSE_SECONDS = 0.5
BODY = "따뜻한 방바닥 " * 1200
"""Nearly the longest message: too much for a slow connection, and in WITH_SECONDS for the kernel's buffers of a client
that never reads."""

THIN_BYTES_PER_SECOND = 40_000
MEMORY_EACH = 2 * 1024 * 1024
"""An outbox, plus the buffers of Twisted and one flush; kernel buffers do not count against the process."""

SLOWER = 2.0
SLACK_SECONDS = 0.1


async def stuck_readers(run: Run) -> None:
    """A busy room of long messages on one process, without and with clients that never read."""
    node, *others = run.site.nodes
    room = run.crowd.stage.rooms[0]["id"]
    await _gather(run, room, away_from=others)
    async with _talk(run, room, BODY):
        async with run.during("busy, nobody stuck"):
            before = await _lags(run, WITHOUT_SECONDS)
        at_first = _memory(node)
        async with _stuck(run, node, room) as stuck:
            await run.wait(OPENING_SECONDS)
            seen = [at_first]
            watching = asyncio.create_task(_watch_memory(node, seen))
            async with run.during(f"busy, {STUCK} stuck"):
                with_stuck = percentile(await _lags(run, WITH_SECONDS), 0.99)
            watching.cancel()
        async with run.during("busy, nobody stuck any more"):
            after = await _lags(run, WITHOUT_SECONDS)
    without = percentile([*before, *after], 0.99)
    grown = max(seen) - at_first
    run.note(
        f"p99 of the others: {without * 1000:.0f} ms without, {with_stuck * 1000:.0f} ms with {STUCK} stuck readers; "
        f"these cost {grown / 2**20:.1f} MiB at most, and were cut off {stuck.cut_off} times"
    )
    run.expect(with_stuck < without * SLOWER + SLACK_SECONDS, "stuck readers slowed the others down")
    run.expect(grown < STUCK * MEMORY_EACH, f"{STUCK} stuck readers cost {grown / 2**20:.1f} MiB")
    run.expect(stuck.cut_off >= STUCK, f"only {stuck.cut_off} stuck readers were cut off")


async def readers_too_slow(run: Run) -> None:
    """A quarter of the clients are slower than their room: they are disconnected, reconnect, and catch up.

    They rarely receive the close code (4408), because it would have to overtake the data that they did not read.
    """
    room = run.crowd.stage.rooms[0]["id"]
    await _gather(run, room)
    slow = run.crowd.clients[TALKERS::4] or run.crowd.clients[-1:]
    before = run.crowd.stats.closes.total()
    async with _talk(run, room, BODY), run.during(f"{len(slow)} clients too slow"):
        for client in slow:
            client.network.bytes_per_second = THIN_BYTES_PER_SECOND
        await run.wait(WITH_SECONDS)
        for client in slow:
            client.network.heal()
    cut_off = run.crowd.stats.closes.total() - before
    run.note(f"{len(slow)} clients with {THIN_BYTES_PER_SECOND / 1000:.0f} KB/s were cut off {cut_off} times")
    run.expect(cut_off >= len(slow), f"only {cut_off} of {len(slow)} were cut off as too slow")
    await run.wait(3)


async def _gather(run: Run, room: int, *, away_from: Sequence[Node] = ()) -> None:
    """Let everybody open the room without talking, and nobody connect to these processes."""
    run.crowd.stop_talking()
    for node in away_from:
        node.is_wanted = False
    for client in run.crowd.clients:
        client.show(room)
        client.reload()
    await wait_for(lambda: all(client.is_caught_up for client in run.crowd.clients), ARRIVAL_SECONDS)


@contextlib.asynccontextmanager
async def _talk(run: Run, room: int, body: str) -> AsyncIterator[None]:
    """Let some people send this text as often as they may."""
    talking = [asyncio.create_task(_repeat(client, room, body)) for client in run.crowd.clients[:TALKERS]]
    try:
        yield
    finally:
        for task in talking:
            task.cancel()


async def _repeat(client: Client, room: int, body: str) -> None:
    while True:
        if len(client.outbox) < 3:
            client.say(room, f"{len(client.history.acts)} {body}")
        await asyncio.sleep(client.rng.uniform(0.5, 1.5) * PAUSE_SECONDS)


async def _lags(run: Run, seconds: float) -> list[float]:
    began = run.now
    await run.wait(seconds)
    return run.lags(since=began)


class Stuck:
    """Clients that never read. Each that is disconnected opens the room again, so that their number stays the same."""

    def __init__(self, url: str, sessions: Sequence[str], room: int) -> None:
        self._url = url
        self._room = room
        self._clients = {session: self._open(session) for session in sessions}
        self.cut_off = 0

    def look(self) -> None:
        """Replace clients that were disconnected."""
        for session, client in self._clients.items():
            watch = select.poll()
            watch.register(client.socket, select.POLLRDHUP)
            if watch.poll(0):
                self.cut_off += 1
                client.socket.close()
                self._clients[session] = self._open(session)

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.socket.close()

    def _open(self, session: str) -> RawClient:
        client = RawClient(self._url, session=session, receive_buffer=4096)
        client.send(f'{{"type":"open","room":{self._room}}}')
        return client


@contextlib.asynccontextmanager
async def _stuck(run: Run, node: Node, room: int) -> AsyncIterator[Stuck]:
    sessions = [person["session"] for person in run.crowd.stage.people[:STUCK]]
    stuck = await asyncio.to_thread(Stuck, f"ws://127.0.0.1:{node.server.port}/ws/", sessions, room)

    async def look() -> None:
        while True:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(stuck.look)

    looking = asyncio.create_task(look())
    try:
        yield stuck
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        stuck.close()


def _memory(node: Node) -> int:
    """The memory of a process, measured from outside so that measuring does not affect it."""
    return int(Path(f"/proc/{node.pid}/statm").read_text().split()[1]) * PAGE_BYTES


async def _watch_memory(node: Node, seen: list[int]) -> None:
    while True:
        seen.append(_memory(node))
        await asyncio.sleep(0.2)


SCENARIOS: list[Scenario] = [stuck_readers, readers_too_slow]
