"""100 people who all read each message, in a room that shows who has read it and in one that does not."""

import asyncio
import json
import random
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
from client.decoding import encode

PEOPLE = 100
MESSAGES = 60
QUICK_MESSAGES = 15
SECONDS_EACH = 1.0
READ_WITHIN_SECONDS = 0.5
"""Browsers report how far somebody has read after 0.3 s; people look at different moments."""

CONNECT_AT_ONCE = 32
SETTLE_SECONDS = 2.0
SHOWN, NOT_SHOWN = f"{PEOPLE} people, shown", f"{PEOPLE} people, not shown"


class Reader(WSListener):
    """One person who has a room open and reads every message of it."""

    def __init__(self, room: dict[str, Any], dice: random.Random) -> None:
        self.room = room
        self.transport: WSTransport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.read_bytes = self.read_frames = 0
        self.positions: dict[str, int] = {}
        """The positions in frames, by the id of the person. The author of a message is in none: it says so itself."""
        self.newest = 0
        self.refused = 0
        self._dice = dice
        self._loop = asyncio.get_running_loop()

    def ask(self, ref: int, type_: str, **fields: Any) -> None:
        """Send a command about the room."""
        if self.transport is not None:
            command = {"type": type_, "room": self.room["id"], **fields}
            self.transport.send(WSMsgType.TEXT, encode(command, ref=ref).encode())

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.ask(0, "open", since=self.room["revision"])

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"type":"reads"'):
            self.read_bytes += len(text)
            self.read_frames += 1
            self.positions |= json.loads(text)["reads"]
        elif text.startswith(b'{"type":"changes"'):
            position = max((message["position"] for message in json.loads(text).get("messages", ())), default=0)
            self.newest = max(self.newest, position)
            self._loop.call_later(self._dice.uniform(0, READ_WITHIN_SECONDS), self._read, position)
        elif text.startswith(b'{"type":"reply"'):
            self.refused += b'"ok":true' not in text
            if not self.opened.done():
                self.opened.set_result(None)

    @property
    def is_behind(self) -> bool:
        """Whether it does not know that everybody has read the newest message."""
        return len(self.positions) < PEOPLE - 1 or min(self.positions.values()) < self.newest

    def _read(self, position: int) -> None:
        self.ask(1, "read", position=position)


async def _seat(site: Site, server: Server, number: int, reader: Reader, gate: asyncio.Semaphore) -> Reader:
    async with gate:
        await connect(site, server, number, reader)
        await reader.opened
    return reader


async def load(site: Site, server: Server, room: dict[str, Any], name: str, messages: int) -> Row:
    """One person says something every second, and everybody else reads it."""
    gate, dice = asyncio.Semaphore(CONNECT_AT_ONCE), random.Random(1)
    seats = [_seat(site, server, number, Reader(room, dice), gate) for number in range(PEOPLE)]
    readers = await asyncio.gather(*seats)
    await asyncio.sleep(SETTLE_SECONDS)
    used, began, generator = server.cpu_seconds(), clock(), stamp()
    for number in range(messages):
        await asyncio.sleep(max(0.0, began + number * SECONDS_EACH - clock()))
        readers[0].ask(2, "send", key=str(uuid4()), body="Does everybody know?")
    await asyncio.sleep(SETTLE_SECONDS)
    took = clock() - began
    row = {
        "load": name,
        "processor_per_message": (server.cpu_seconds() - used) / messages,
        "frames_per_message_and_reader": sum(reader.read_frames for reader in readers) / messages / PEOPLE,
        "frames_per_second": sum(reader.read_frames for reader in readers) / took / PEOPLE,
        "bytes_per_message_and_reader": sum(reader.read_bytes for reader in readers) / messages / PEOPLE,
        "behind": sum(reader.read_frames > 0 and reader.is_behind for reader in readers),
        "refused": sum(reader.refused for reader in readers),
        "generator_busy": busy(generator),
    }
    for reader in readers:
        if reader.transport is not None:
            reader.transport.disconnect(graceful=False)
    return row


async def both(site: Site, server: Server, messages: int) -> list[Row]:
    """A row for each room."""
    named = zip(site.seed["rooms"], (SHOWN, NOT_SHOWN), strict=True)
    return [await load(site, server, room, name, messages) for room, name in named]


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """Two rows."""
    with bench.site(contender, seed="circle") as site:
        return uvloop.run(both(site, site.start(), QUICK_MESSAGES if plan.quick else MESSAGES))


SCENARIO = Scenario(
    name="reads",
    title="100 people who read every message",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
