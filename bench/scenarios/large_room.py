"""One room of 100 to 10,000 sockets at two messages a second: the latency of messages, and the memory per
connection."""

import asyncio

import uvloop

from bench.contenders import Contender
from bench.generator import Fleet, Window
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import audited, measured, rooms_of
from bench.servers import Bench, Server, Site

SIZES = (100, 300, 1_000, 3_000, 10_000)
PACE_PER_SECOND = 2
FEWEST_SECONDS = 5.0
"""Long enough for ten messages: with fewer, the p99 would be that of the slowest one."""
WARM_UP_SOCKETS = 50
SETTLE_SECONDS = 1.5


def load_name(sockets: int) -> str:
    """The name of the load on the page."""
    return f"{sockets:,} sockets"


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """Run the sizes one after another on one server, the smallest first, so that each finds little memory to reuse."""
    await _visit(site, server, WARM_UP_SOCKETS)
    before = server.rss()
    rows: list[Row] = []
    for sockets in SIZES:
        rows += await _at_size(site, server, plan, sockets=sockets, before=before)
    return rows


async def _visit(site: Site, server: Server, sockets: int) -> None:
    """Connect and disconnect all clients, so that the server has imported and cached what it needs."""
    fleet = _fleet(site, server, sockets)
    await fleet.connect()
    await fleet.close()
    await asyncio.sleep(SETTLE_SECONDS)


async def _at_size(site: Site, server: Server, plan: Plan, *, sockets: int, before: int) -> list[Row]:
    """Measure one size. The memory is that of idle connections, compared with `before` without any."""
    fleet = _fleet(site, server, sockets)
    try:
        connect_seconds = await fleet.connect()
        await asyncio.sleep(SETTLE_SECONDS)
        memory = (server.rss() - before) / sockets

        async def paced() -> Window:
            return await fleet.paced(per_second=PACE_PER_SECOND, seconds=max(plan.seconds, FEWEST_SECONDS))

        row = await measured(site, [server], fleet, paced, is_paced=True)
    finally:
        await fleet.close()
    about = {"load": load_name(sockets), "bytes_per_connection": memory, "connect_seconds": connect_seconds}
    rows = audited(site, fleet, [about | row])
    await asyncio.sleep(SETTLE_SECONDS)
    return rows


def _fleet(site: Site, server: Server, sockets: int) -> Fleet:
    return Fleet(site.contender.wire(), [server.port], rooms_of(site, "hall", sockets), site.cookies)


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row for each size of the room."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="large_room",
    title="A room of 100 to 10,000 sockets",
    contenders=("ours", "ws", "socketio"),
    quick_contenders=("ours",),
    run=run,
    max_repetitions=2,
    repetitions_of={"ws": 1, "socketio": 1},
)
