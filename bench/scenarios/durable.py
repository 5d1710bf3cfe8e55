"""Stored messages in 50 rooms of 4: the highest rate, and the latency at half that rate."""

import asyncio

import uvloop

from bench.contenders import Contender
from bench.generator import Fleet, Window
from bench.protocols import Wire
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import audited, measured, rooms_of
from bench.servers import Bench, Server, Site

ROOMS = 50
SOCKETS = 200


async def load(site: Site, server: Server, plan: Plan, *, wire: Wire | None = None) -> list[Row]:
    """Measure the highest rate, then the latency at half that rate, on a schedule."""
    wire = wire or site.contender.wire()
    fleet = Fleet(wire, [server.port], rooms_of(site, "rooms", SOCKETS, ROOMS), site.cookies)
    try:
        await fleet.connect()
        await asyncio.sleep(0.3)

        async def saturated() -> Window:
            return await fleet.saturate(senders=SOCKETS, seconds=plan.seconds)

        most: Row = {"load": "saturated"} | await measured(site, [server], fleet, saturated)

        async def paced() -> Window:
            return await fleet.paced(per_second=most["messages_per_second"] / 2, seconds=plan.seconds)

        half = {"load": "half"} | await measured(site, [server], fleet, paced, is_paced=True)
    finally:
        await fleet.close()
    return audited(site, fleet, [most, half])


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows "saturated" and "half" of this contender."""
    with bench.site(contender, seed="rooms") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="durable",
    title="Stored messages: 50 rooms of 4",
    contenders=("ours-uvicorn", "ours", "tutorial-save"),
    quick_contenders=("ours", "tutorial-save"),
    run=run,
)
