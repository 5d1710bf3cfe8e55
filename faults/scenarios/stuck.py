"""Readers that never read, side by side with those who do."""

import asyncio
import contextlib
import os
from pathlib import Path

from faults.run import Run, Scenario
from faults.site import Node
from faults.stats import percentile
from tests.live.raw_client import RawClient

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
STUCK = 8
MEASURE_SECONDS = 20.0
OPENING_SECONDS = 3.0
"""The stuck ones get the whole room first, as everybody does who opens it; that is not being stuck."""

TALKERS = 8
PAUSE_SECONDS = 0.5
BODY = "warm floor " * 700

MEMORY_EACH = 2 * 1024 * 1024
"""An outbox, and what Twisted and one flush hold; kernel buffers are not the process's."""

SLOWER = 2.0
SLACK_SECONDS = 0.1


async def stuck_readers(run: Run) -> None:
    """A busy room of long messages, first without and then with clients that open it and never read."""
    node = run.site.nodes[0]
    room = run.crowd.stage.rooms[0]["id"]
    run.crowd.hush()
    for client in run.crowd.clients:
        client.show(room)
    talking = [asyncio.create_task(_talk(run, number, room)) for number in range(TALKERS)]
    async with contextlib.AsyncExitStack() as stack:
        async with run.during("busy, nobody stuck"):
            without = await _measure(run)
        before = _memory(node)
        for number in range(STUCK):
            session = run.crowd.stage.people[number]["session"]
            url = f"ws://127.0.0.1:{node.server.port}/ws/"
            stuck = await asyncio.to_thread(RawClient, url, session=session, receive_buffer=4096)
            stack.enter_context(stuck)
            stuck.send(f'{{"type":"open","room":{room}}}')
        await run.wait(OPENING_SECONDS)
        seen = [before]
        watching = asyncio.create_task(_watch_memory(node, seen))
        async with run.during(f"busy, {STUCK} stuck"):
            with_stuck = await _measure(run)
        watching.cancel()
    for task in talking:
        task.cancel()
    grown = max(seen) - before
    run.note(
        f"p99 of the others: {without * 1000:.0f} ms without, {with_stuck * 1000:.0f} ms with {STUCK} stuck readers; "
        f"these cost {grown / 2**20:.1f} MiB at most"
    )
    run.expect(with_stuck < without * SLOWER + SLACK_SECONDS, "stuck readers slowed the others down")
    run.expect(grown < STUCK * MEMORY_EACH, f"{STUCK} stuck readers cost {grown / 2**20:.1f} MiB")


def _memory(node: Node) -> int:
    """What a process holds, looked at from outside, so that looking costs it nothing."""
    return int(Path(f"/proc/{node.pid}/statm").read_text().split()[1]) * PAGE_BYTES


async def _watch_memory(node: Node, seen: list[int]) -> None:
    while True:
        seen.append(_memory(node))
        await asyncio.sleep(0.2)


async def _talk(run: Run, number: int, room: int) -> None:
    client = run.crowd.clients[number]
    while True:
        if len(client.outbox) < 3:
            client.say(room, f"{len(client.history.acts)} {BODY}")
        await asyncio.sleep(client.rng.uniform(0.5, 1.5) * PAUSE_SECONDS)


async def _measure(run: Run) -> float:
    began = run.now
    await run.wait(MEASURE_SECONDS)
    return percentile([lag for at, lag in run.crowd.stats.lags if at > began], 0.99)


SCENARIOS: list[Scenario] = [stuck_readers]
