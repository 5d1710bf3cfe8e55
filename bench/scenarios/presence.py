"""1,000 people are connected and show 200 of them: what it costs while nobody changes, and while ten a second do.

What 1,000 connections cost while they show nobody (pings, comparing revisions) is measured first.
"""

import asyncio
import json
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from bench.contenders import Contender
from bench.delivery_tally import clock
from bench.generator import busy, stamp
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import connect
from bench.servers import Bench, Server, Site
from client.decoding import encode

PEOPLE = 1_000
SHOWN = 200
SECONDS = 60.0
QUICK_SECONDS = 20.0
CHANGES_PER_SECOND = 10
CONNECT_AT_ONCE = 64
SETTLE_SECONDS = 8.0
"""Longer than a person still counts as connected after their last connection has ended."""

CONNECTED = f"{PEOPLE:,} who show nobody"
IDLE, CHANGING = f"{PEOPLE:,} idle", f"{CHANGES_PER_SECOND} changes a second"


class Viewer(WSListener):
    """One person, who shows others; counts the frames that say whether they are here."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.frames = self.bytes = 0
        self._replied: asyncio.Future[dict[str, Any]] | None = None
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command, and return its reply."""
        assert self.transport is not None
        self._replied = asyncio.get_running_loop().create_future()
        self.transport.send(WSMsgType.TEXT, encode({"type": type_, **fields}, ref=1).encode())
        return await self._replied

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"type":"presence"'):
            self.frames += 1
            self.bytes += len(text)
        elif text.startswith(b'{"type":"hello"') and not self.greeted.done():
            self.greeted.set_result(None)
        elif text.startswith(b'{"type":"reply"') and self._replied is not None and not self._replied.done():
            self._replied.set_result(json.loads(text))


async def _come(site: Site, server: Server, number: int, gate: asyncio.Semaphore) -> Viewer:
    viewer = Viewer()
    async with gate:
        await connect(site, server, number, viewer)
        await viewer.greeted
    return viewer


async def load(site: Site, server: Server, seconds: float) -> list[Row]:
    """Connect all people, let each show the same others, then measure twice."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    viewers = await asyncio.gather(*(_come(site, server, number, gate) for number in range(PEOPLE)))
    opened = await viewers[0].ask("open", room=site.seed["rooms"][0]["id"])
    shown = [member["user"]["id"] for member in opened["members"]][:SHOWN]
    await asyncio.sleep(SETTLE_SECONDS)
    connected = await _measured(server, viewers, CONNECTED, seconds, changes_per_second=0)
    before = server.rss()
    replies = await asyncio.gather(*(viewer.ask("show_people", people=shown) for viewer in viewers))
    refused = sum(not reply["ok"] for reply in replies)
    here = [sum(one.get("state") == "here" for one in reply["people"]) for reply in replies if reply["ok"]]
    memory = (server.rss() - before) / PEOPLE
    await asyncio.sleep(SETTLE_SECONDS)
    idle = await _measured(server, viewers, IDLE, seconds, changes_per_second=0)
    changing = await _measured(server, viewers, CHANGING, seconds, changes_per_second=CHANGES_PER_SECOND)
    for viewer in viewers:
        if viewer.transport is not None:
            viewer.transport.disconnect(graceful=False)
    about_all = {"shown": len(shown), "here": min(here, default=0), "refused": refused, "bytes_of_showing": memory}
    return [connected, idle | about_all, changing]


async def _measured(
    server: Server, viewers: list[Viewer], name: str, seconds: float, *, changes_per_second: int
) -> dict[str, Any]:
    await asyncio.gather(*(viewer.ask("ping") for viewer in viewers))  # else the server closes sockets that are silent
    for viewer in viewers:
        viewer.frames = viewer.bytes = 0
    generator = stamp()
    server.stamp()
    began = clock()
    for number in range(int(seconds * changes_per_second)):
        await asyncio.sleep(max(0.0, began + number / changes_per_second - clock()))
        person, turn = number % SHOWN, number // SHOWN
        await viewers[person].ask("presence", state="here" if turn % 2 else "away")
    await asyncio.sleep(max(0.0, began + seconds - clock()))
    return {
        "load": name,
        "server_busy": server.busy(),
        "frames_per_second": sum(viewer.frames for viewer in viewers) / PEOPLE / seconds,
        "bytes_per_second": sum(viewer.bytes for viewer in viewers) / PEOPLE / seconds,
        "generator_busy": busy(generator),
    }


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """Three rows. The seeded room has as many members as connect."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start(), QUICK_SECONDS if plan.quick else SECONDS))


SCENARIO = Scenario(
    name="presence",
    title="1,000 people who show one another",
    contenders=("ours",),
    run=run,
    max_repetitions=2,
)
