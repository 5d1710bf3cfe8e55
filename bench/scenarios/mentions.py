"""From a message that mentions somebody to the badge: the delay until the item of the mentioned person arrives."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from bench.contenders import Contender
from bench.delivery_tally import clock
from bench.generator import busy, stamp
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import connect
from bench.servers import Bench, Server, Site
from bench.stats import percentile
from client.decoding import encode

PEOPLE = 1_000
PER_SECOND = 10
MESSAGES = 300
QUICK_MESSAGES = 60
CALLS = 10
QUICK_CALLS = 3
CALL_EVERY_SECONDS = 3.0
CONNECT_AT_ONCE = 64
SETTLE_SECONDS = 3.0


class Reader(WSListener):
    """One person in the room, who has another one open: notes when their items change."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.badges: list[float] = []
        self.acks: list[float] = []
        self.asked_at = 0.0

    def send(self, room: int, body: str) -> None:
        """Send a message."""
        assert self.transport is not None
        command = {"type": "send", "room": room, "key": str(uuid4()), "body": body}
        self.asked_at = clock()
        self.transport.send(WSMsgType.TEXT, encode(command, ref=1).encode())

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"type":"me_changes"'):
            self.badges.append(clock())
        elif text.startswith(b'{"type":"reply"') and json.loads(text)["ok"]:
            self.acks.append(clock() - self.asked_at)
        elif text.startswith(b'{"type":"hello"'):
            self.greeted.set_result(None)


async def _seat(site: Site, server: Server, number: int, gate: asyncio.Semaphore) -> Reader:
    reader = Reader()
    async with gate:
        await connect(site, server, number, reader)
        await reader.greeted
    return reader


async def load(site: Site, server: Server, *, messages: int, calls: int) -> list[Row]:
    """One person at a time is mentioned, then everybody at once."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    readers = await asyncio.gather(*(_seat(site, server, number, gate) for number in range(PEOPLE)))
    await asyncio.sleep(SETTLE_SECONDS)
    rows = [await _one_at_a_time(site, server, readers, messages), await _everybody(site, server, readers, calls)]
    for reader in readers:
        if reader.transport is not None:
            reader.transport.disconnect(graceful=False)
    return rows


async def _one_at_a_time(site: Site, server: Server, readers: list[Reader], messages: int) -> Row:
    room = site.seed["rooms"][0]["id"]
    sent: list[float] = []
    used, began, generator = server.cpu_seconds(), clock(), stamp()
    for number in range(messages):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - clock()))
        sent.append(clock())
        readers[-1 - number].send(room, f"@person{number} are you coming to lunch?")
    work = server.cpu_seconds() - used
    await asyncio.sleep(SETTLE_SECONDS)
    delays = [reader.badges[0] - at for at, reader in zip(sent, readers, strict=False) if reader.badges]
    return {
        "load": f"one person in each of {PER_SECOND} messages a second",
        "badge_p50": percentile(delays, 0.50),
        "badge_p99": percentile(delays, 0.99),
        "missing": messages - len(delays),
        "ack_p50": percentile([ack for reader in readers for ack in reader.acks], 0.50),
        "processor_per_message": work / messages,
        "generator_busy": busy(generator),
    }


async def _everybody(site: Site, server: Server, readers: list[Reader], calls: int) -> Row:
    room = site.seed["rooms"][0]["id"]
    delays: list[float] = []
    missing = 0
    used, generator = server.cpu_seconds(), stamp()
    for _number in range(calls):
        for reader in readers:
            reader.badges.clear()
            reader.acks.clear()
        began = clock()
        readers[0].send(room, "@all lunch is ready")  # the owner of the room
        await asyncio.sleep(CALL_EVERY_SECONDS)
        delays += [reader.badges[0] - began for reader in readers[1:] if reader.badges]
        missing += sum(not reader.badges for reader in readers[1:])
    return {
        "load": f"@all in a room of {PEOPLE:,}",
        "badge_p50": percentile(delays, 0.50),
        "badge_p99": percentile(delays, 0.99),
        "missing": missing,
        "ack_p50": percentile(readers[0].acks, 0.50),
        "processor_per_message": (server.cpu_seconds() - used) / calls,
        "generator_busy": busy(generator),
    }


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """Two rows."""
    counts: dict[str, Any] = {"messages": MESSAGES, "calls": CALLS}
    if plan.quick:
        counts = {"messages": QUICK_MESSAGES, "calls": QUICK_CALLS}
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start(), **counts))


SCENARIO = Scenario(
    name="mentions",
    title="From a mention to the badge",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
