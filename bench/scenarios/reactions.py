"""1,000 people react to one message within a minute, in a room that all of them have open: bytes and processor time."""

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
SECONDS = 60.0
QUICK_SECONDS = 15.0
CONNECT_AT_ONCE = 64
SETTLE_SECONDS = 2.0
EMOJI = "👍"


class Reader(WSListener):
    """One person who has the room open; counts what they receive."""

    def __init__(self, room: dict[str, Any]) -> None:
        self.room = room
        self.transport: WSTransport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.bytes = self.frames = 0
        self.asked_at = 0.0
        self.replied_after: float | None = None
        self.message = 0
        self.faults = 0

    def ask(self, ref: int, type_: str, **fields: Any) -> None:
        """Send a command."""
        assert self.transport is not None
        self.asked_at = clock()
        self.transport.send(WSMsgType.TEXT, encode({"type": type_, **fields}, ref=ref).encode())

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.ask(0, "open", room=self.room["id"], since=self.room["revision"])

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        self.bytes += len(text)
        self.frames += 1
        if text.startswith(b'{"type":"reply"'):
            self._replied(json.loads(text))

    def _replied(self, reply: dict[str, Any]) -> None:
        self.replied_after = clock() - self.asked_at
        self.faults += not reply["ok"]
        self.message = reply.get("message", {}).get("id", 0)
        if not self.opened.done():
            self.opened.set_result(None)


async def _seat(site: Site, server: Server, number: int, gate: asyncio.Semaphore) -> Reader:
    """Connect one person, who opens the room."""
    reader = Reader(site.seed["rooms"][0])
    async with gate:
        await connect(site, server, number, reader)
        await reader.opened
    return reader


async def load(site: Site, server: Server, seconds: float) -> list[Row]:
    """All people react in turn, at an even pace."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    readers = await asyncio.gather(*(_seat(site, server, number, gate) for number in range(PEOPLE)))
    readers[0].ask(1, "send", room=site.seed["rooms"][0]["id"], key=str(uuid4()), body="Who comes to lunch?")
    await asyncio.sleep(SETTLE_SECONDS)
    message = readers[0].message
    for reader in readers:
        reader.bytes = reader.frames = 0
        reader.replied_after = None
    used, began, generator = server.cpu_seconds(), clock(), stamp()
    for number, reader in enumerate(readers):
        await asyncio.sleep(max(0.0, began + number * seconds / PEOPLE - clock()))
        reader.ask(2, "react", message=message, emoji=EMOJI, on=True)
    await asyncio.sleep(SETTLE_SECONDS)
    replies = [reader.replied_after for reader in readers if reader.replied_after is not None]
    received = sum(reader.bytes for reader in readers)
    row = {
        "load": f"{PEOPLE:,} reactions in {seconds:g} s",
        "processor_per_reaction": (server.cpu_seconds() - used) / PEOPLE,
        "bytes_per_reaction_and_reader": received / PEOPLE / PEOPLE,
        "frames_per_reaction_and_reader": sum(reader.frames for reader in readers) / PEOPLE / PEOPLE,
        "ack_p50": percentile(replies, 0.50),
        "ack_p99": percentile(replies, 0.99),
        "unacked": PEOPLE - len(replies),
        "refused": sum(reader.faults for reader in readers),
        "generator_busy": busy(generator),
    }
    for reader in readers:
        if reader.transport is not None:
            reader.transport.disconnect(graceful=False)
    return [row]


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """One row. The room has as many seeded members as react."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start(), QUICK_SECONDS if plan.quick else SECONDS))


SCENARIO = Scenario(
    name="reactions",
    title="Reactions of 1,000 people to one message",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
