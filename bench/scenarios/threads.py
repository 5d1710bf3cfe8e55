"""Threads: sending in a room, in a thread of it, and in both at once; and opening a room with none and with many."""

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
from bench.single_client import Asker
from bench.stats import percentile
from client.decoding import encode

TURNS = 24
QUICK_TURNS = 6
AT_ONCE = 25
"""Messages of one kind in a turn: the kinds take turns, so that disturbances of the machine affect all of them."""

OPENINGS = 300
QUICK_OPENINGS = 60
WARM_UP = 10
PAGE = 50
SETTLE_SECONDS = 1.0

IN_ROOM, IN_THREAD, IN_BOTH = "in the room", "in a thread", "in a thread and in the room"
CONNECT, OPEN, OPEN_CHANGED = "connect", "open", "open after a message"
KINDS = (CONNECT, OPEN, OPEN_CHANGED)


def opening(kind: str, threads: int) -> str:
    """The name of a load: one of KINDS, by somebody whose room has this many threads."""
    return f"{kind}, {threads:,} threads"


class Sender(WSListener):
    """A person who sends one message after the other."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reply: asyncio.Future[dict[str, Any]] | None = None

    async def send(self, **fields: Any) -> dict[str, Any]:
        """Send a message, and return the reply."""
        assert self.transport is not None
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._reply = reply
        command = {"type": "send", "key": str(uuid4()), "body": "Who comes to lunch?", **fields}
        self.transport.send(WSMsgType.TEXT, encode(command, ref=1).encode())
        return await reply

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"type":"reply"') and self._reply is not None:
            self._reply.set_result(json.loads(text))
        elif text.startswith(b'{"type":"hello"'):
            self.greeted.set_result(None)


class Measured:
    """The messages of one kind."""

    def __init__(self, load: str, **fields: Any) -> None:
        self.load = load
        self.fields = fields
        self.acks: list[float] = []
        self.processor = 0.0
        self.refused = 0

    async def turn(self, server: Server, sender: Sender) -> None:
        """Send some of them."""
        used = server.cpu_seconds()
        for _ in range(AT_ONCE):
            began = clock()
            reply = await sender.send(**self.fields)
            self.acks.append(clock() - began)
            self.refused += not reply["ok"]
        self.processor += server.cpu_seconds() - used

    def row(self) -> Row:
        """What was measured."""
        return {
            "load": self.load,
            "ack_p50": percentile(self.acks, 0.50),
            "ack_p99": percentile(self.acks, 0.99),
            "processor_per_message": self.processor / len(self.acks),
            "refused": self.refused,
        }


async def sending(site: Site, server: Server, turns: int) -> list[Row]:
    """A row for each kind of message. The first turn of each is not counted."""
    sender = Sender()
    await connect(site, server, 0, sender)
    await sender.greeted
    room = site.seed["rooms"][0]["id"]
    asked = await sender.send(room=room)
    in_thread = {"room": room, "thread": asked["message"]["id"]}
    thread = (await sender.send(**in_thread))["room"]
    await asyncio.sleep(SETTLE_SECONDS)
    fields: dict[str, dict[str, Any]] = {
        IN_ROOM: {"room": room},
        IN_THREAD: {"room": thread},
        IN_BOTH: {**in_thread, "also_in_room": True},
    }
    for load, wanted in fields.items():
        await Measured(load, **wanted).turn(server, sender)
    kinds = [Measured(load, **wanted) for load, wanted in fields.items()]
    generator = stamp()
    for _ in range(turns):
        for kind in kinds:
            await kind.turn(server, sender)
    share = busy(generator)
    if sender.transport is not None:
        sender.transport.disconnect(graceful=False)
    return [kind.row() | {"generator_busy": share} for kind in kinds]


class People:
    """The members of a seeded room, each with a connection."""

    def __init__(self, site: Site, server: Server, room: dict[str, Any]) -> None:
        self.room = room
        self.times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._port = server.port
        self._cookies = [site.cookies[number] for number in room["people"]]
        self._askers: list[Asker] = []

    async def connect(self) -> None:
        """Connect all of them, and measure how long each waits for `hello`."""
        for cookie in self._cookies:
            began = clock()
            self._askers.append(await Asker.connect(self._port, cookie))
            self.times[CONNECT].append(clock() - began)

    async def open(self, number: int, *, changed: bool) -> None:
        """Let one of them open the room, after somebody has sent a message if `changed`."""
        asker = self._askers[number % len(self._askers)]
        if changed:
            other = self._askers[(number + 1) % len(self._askers)]
            await other.ask("send", room=self.room["id"], key=str(uuid4()), body="Who comes to lunch?")
        _answer, seconds = await asker.ask("open", room=self.room["id"], limit=PAGE)
        await asker.ask("close", room=self.room["id"])
        if number >= WARM_UP:
            self.times[OPEN_CHANGED if changed else OPEN].append(seconds)

    def close(self) -> None:
        """Disconnect all of them."""
        for asker in self._askers:
            asker.close()

    def rows(self) -> list[Row]:
        """A row for each kind."""
        return [
            {
                "load": opening(kind, self.room["threads"]),
                "p50": percentile(samples, 0.50),
                "p99": percentile(samples, 0.99),
            }
            for kind, samples in self.times.items()
        ]


async def openings(site: Site, server: Server, count: int) -> list[Row]:
    """The people of both rooms connect and open them in turn, so that disturbances of the machine affect both."""
    warm = await Asker.connect(server.port, site.cookies[0])
    warm.close()
    both = [People(site, server, room) for room in site.seed["rooms"]]
    try:
        for people in both:
            await people.connect()
        for changed in (False, True):
            for number in range(WARM_UP + count):
                for people in both:
                    await people.open(number, changed=changed)
    finally:
        for people in both:
            people.close()
    found = [people.rows() for people in both]
    return [row for pair in zip(*found, strict=True) for row in pair]


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """All rows."""
    opened = await openings(site, server, QUICK_OPENINGS if plan.quick else OPENINGS)
    return [*await sending(site, server, QUICK_TURNS if plan.quick else TURNS), *opened]


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows of this contender."""
    with bench.site(contender, seed="threads") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="threads",
    title="Threads",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
