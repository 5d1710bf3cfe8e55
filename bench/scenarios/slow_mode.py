"""Everybody in a room sends a message at the same moment, in a room with slow mode, in which all may, and without."""

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

PEOPLE = 100
ROUNDS = 40
QUICK_ROUNDS = 10
PAUSE_SECONDS = 0.6
"""After a round. The rooms take turns, so two of these are longer than the second that a person must wait in slow
mode."""

SETTLE_SECONDS = 2.0
OFF, ON = "slow mode off", "slow mode on"


class Member(WSListener):
    """One person, who is in both rooms and has neither open."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reply: asyncio.Future[tuple[float, bool]] | None = None

    async def send(self, room: int) -> tuple[float, bool]:
        """Send a message. Returns the seconds until the reply, and whether it was refused."""
        assert self.transport is not None
        reply = self._reply = asyncio.get_running_loop().create_future()
        began = clock()
        command = {"type": "send", "room": room, "key": str(uuid4()), "body": "Who comes to lunch?"}
        self.transport.send(WSMsgType.TEXT, encode(command, ref=1).encode())
        replied_at, ok = await reply
        return replied_at - began, not ok

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"type":"reply"') and self._reply is not None:
            self._reply.set_result((clock(), json.loads(text)["ok"]))
        elif text.startswith(b'{"type":"hello"'):
            self.greeted.set_result(None)


class Measured:
    """The messages in one room."""

    def __init__(self, load: str, room: int) -> None:
        self.load = load
        self.room = room
        self.acks: list[float] = []
        self.processor = 0.0
        self.refused = 0

    async def round(self, server: Server, members: list[Member], *, counts: bool) -> None:
        """Let everybody send one message, and wait until what follows from them is done."""
        used = server.cpu_seconds()
        replies = await asyncio.gather(*(member.send(self.room) for member in members))
        await asyncio.sleep(PAUSE_SECONDS)
        if counts:
            self.processor += server.cpu_seconds() - used
            self.acks += [seconds for seconds, _refused in replies]
            self.refused += sum(refused for _seconds, refused in replies)

    def row(self) -> dict[str, Any]:
        """What was measured."""
        return {
            "load": self.load,
            "ack_p50": percentile(self.acks, 0.50),
            "ack_p99": percentile(self.acks, 0.99),
            "processor_per_message": self.processor / len(self.acks),
            "refused": self.refused,
        }


async def load(site: Site, server: Server, rounds: int) -> list[Row]:
    """A row for each room. The first round in each is not counted."""
    members = [Member() for _ in range(PEOPLE)]
    for number, member in enumerate(members):
        await connect(site, server, number, member)
        await member.greeted
    await asyncio.sleep(SETTLE_SECONDS)
    both = [Measured(name, room["id"]) for name, room in zip((OFF, ON), site.seed["rooms"], strict=True)]
    generator = stamp()
    for number in range(rounds + 1):
        for measured in both:
            await measured.round(server, members, counts=number > 0)
    share = busy(generator)
    for member in members:
        if member.transport is not None:
            member.transport.disconnect(graceful=False)
    return [measured.row() | {"generator_busy": share} for measured in both]


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """Two rows."""
    with bench.site(contender, seed="slow") as site:
        return uvloop.run(load(site, site.start(), QUICK_ROUNDS if plan.quick else ROUNDS))


SCENARIO = Scenario(
    name="slow_mode",
    title="Slow mode: 100 people who send at once",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
