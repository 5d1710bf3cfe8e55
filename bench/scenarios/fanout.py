"""One room of 1,000 sockets: saturated by 4 and by 64 senders, and at an even pace of 20 messages a second."""

import asyncio

import uvloop

from bench.contenders import Contender
from bench.generator import Fleet, Window
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import audited, measured, rooms_of
from bench.servers import Bench, Server, Site

SOCKETS = 1000
SENDERS = (4, 64)
PACE_PER_SECOND = 20


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """Run all loads on one server, the even pace first, while nothing has piled up yet."""
    fleet = Fleet(site.contender.wire(), [server.port], rooms_of(site, "hall", SOCKETS), site.cookies)
    rows: list[Row] = []
    try:
        connect_seconds = await fleet.connect()
        await asyncio.sleep(0.3)

        async def paced() -> Window:
            return await fleet.paced(per_second=PACE_PER_SECOND, seconds=plan.seconds)

        rows.append({"load": "paced"} | await measured(site, [server], fleet, paced, is_paced=True))
        for senders in SENDERS:

            async def saturated(senders: int = senders) -> Window:
                return await fleet.saturate(senders=senders, seconds=plan.seconds)

            rows.append({"load": f"{senders} senders"} | await measured(site, [server], fleet, saturated))
        rows[0]["connect_seconds"] = connect_seconds
    finally:
        await fleet.close()
    return audited(site, fleet, rows)


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows "paced", "4 senders" and "64 senders" of this contender."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="fanout",
    title="Fan-out: one room, 1,000 sockets",
    # Contenders that are compared closely run one after the other, because the load of the machine changes with time.
    contenders=(
        "tutorial-core",
        "tutorial-save",
        "tutorial",
        "ours-uvicorn",
        "ours",
        "socketio",
        "ws",
        "python-socketio",
    ),
    quick_contenders=("ours", "tutorial", "socketio", "ws"),
    run=run,
    repetitions_of={"tutorial": 2, "tutorial-core": 1, "tutorial-save": 1, "python-socketio": 1},
)
