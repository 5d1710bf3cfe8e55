"""One person sends in a room, in a thread of it, and in both at once: the delay of the ack, and processor time."""

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

MESSAGES = 600
QUICK_MESSAGES = 150
SETTLE_SECONDS = 1.0


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


async def _measured(server: Server, sender: Sender, load: str, count: int, **fields: Any) -> Row:
    used, generator = server.cpu_seconds(), stamp()
    acks: list[float] = []
    refused = 0
    for _ in range(count):
        began = clock()
        reply = await sender.send(**fields)
        acks.append(clock() - began)
        refused += not reply["ok"]
    return {
        "load": load,
        "ack_p50": percentile(acks, 0.50),
        "ack_p99": percentile(acks, 0.99),
        "processor_per_message": (server.cpu_seconds() - used) / count,
        "refused": refused,
        "generator_busy": busy(generator),
    }


async def load(site: Site, server: Server, count: int) -> list[Row]:
    """The three rows."""
    sender = Sender()
    await connect(site, server, 0, sender)
    await sender.greeted
    room = site.seed["rooms"][0]["id"]
    asked = await sender.send(room=room)
    in_thread = {"room": room, "thread": asked["message"]["id"]}
    thread = (await sender.send(**in_thread))["room"]
    await asyncio.sleep(SETTLE_SECONDS)
    rows = [
        await _measured(server, sender, "in the room", count, room=room),
        await _measured(server, sender, "in a thread", count, room=thread),
        await _measured(server, sender, "in a thread and in the room", count, **in_thread, also_in_room=True),
    ]
    if sender.transport is not None:
        sender.transport.disconnect(graceful=False)
    return rows


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows of this contender."""
    with bench.site(contender, seed="rooms") as site:
        return uvloop.run(load(site, site.start(), QUICK_MESSAGES if plan.quick else MESSAGES))


SCENARIO = Scenario(
    name="threads",
    title="Messages in threads",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
