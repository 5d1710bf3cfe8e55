"""Stored messages in 50 rooms of 4, of which none, one in ten, or all are marked up or mention somebody."""

import asyncio

import uvloop

from bench.contenders import Contender
from bench.protocols import ChatWire
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.durable import load
from bench.servers import Bench, Server, Site

SETTLE_SECONDS = 1.0
PLAIN, ALL = "all plain", "all marked up"
LOADS = {PLAIN: 0, "one in ten marked up": 10, ALL: 1}
"""By the name of the load: one message of how many is marked up."""


async def loads(site: Site, server: Server, plan: Plan) -> list[Row]:
    """Run the loads one after another on one server."""
    rows: list[Row] = []
    for name, marked_every in LOADS.items():
        measured = await load(site, server, plan, wire=ChatWire(marked_every=marked_every))
        rows += [row | {"load": f"{name}, {row['load']}"} for row in measured]
        await asyncio.sleep(SETTLE_SECONDS)
    return rows


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """Two rows for each load, as in the scenario "durable"."""
    with bench.site(contender, seed="rooms") as site:
        return uvloop.run(loads(site, site.start(), plan))


SCENARIO = Scenario(
    name="markdown",
    title="Markdown: stored messages, plain and marked up",
    contenders=("ours",),
    run=run,
)
