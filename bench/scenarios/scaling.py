"""Two processes on one Redis: twice the clients in one room at the same pace, half of them on each."""

import asyncio

import uvloop

from bench.contenders import Contender
from bench.generator import Fleet, Window
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import audited, measured, rooms_of
from bench.servers import Bench, Server, Site

SOCKETS_PER_PROCESS = 1000
PACE_PER_SECOND = 20


async def load(site: Site, servers: list[Server], plan: Plan) -> list[Row]:
    """The even pace of the fan-out scenario, on one or two servers."""
    rooms = rooms_of(site, "hall", SOCKETS_PER_PROCESS * len(servers))
    fleet = Fleet(site.contender.wire(), [server.port for server in servers], rooms, site.cookies)
    try:
        await fleet.connect()
        await asyncio.sleep(0.3)

        async def paced() -> Window:
            return await fleet.paced(per_second=PACE_PER_SECOND, seconds=plan.seconds)

        row = await measured(site, servers, fleet, paced, is_paced=True)
    finally:
        await fleet.close()
    load = f"{len(servers)} process{'es' if len(servers) > 1 else ''}"
    return audited(site, fleet, [{"load": load, "clients": len(fleet.clients)} | row])


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows "1 process" and "2 processes": the second process shares its core with the load and the services."""
    rows: list[Row] = []
    for cores in ([bench.server_core], [bench.server_core, bench.load_core]):
        with bench.site(contender, seed="hall") as site:
            rows += uvloop.run(load(site, [site.start(core=core) for core in cores], plan))
    return rows


SCENARIO = Scenario(
    name="scaling",
    title="Two processes on one Redis",
    contenders=("ours", "ours-uvicorn", "socketio"),
    quick_contenders=("ours",),
    run=run,
    max_repetitions=2,
)
