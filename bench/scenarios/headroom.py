"""The capacity of the load generator: the frames it can receive from a server that only writes."""

import asyncio
import gc

import uvloop

from bench.contenders import Contender
from bench.delivery_tally import clock
from bench.generator import Fleet, busy, stamp
from bench.peers.blaster import PHASES
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import rooms_of
from bench.servers import Bench, Server, Site

SOCKETS = 1000


async def load(site: Site, server: Server) -> list[Row]:
    """A row per size of frame. The ceiling is what the generator would receive if it used its whole core."""
    fleet = Fleet(site.contender.wire(), [server.port], rooms_of(site, "hall", SOCKETS))
    await fleet.connect()
    rows: list[Row] = []
    gc.disable()
    try:
        for size, seconds in PHASES:
            fleet.tally.frames.clear()
            while not fleet.tally.frames:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            server.stamp()
            began, start = stamp(), clock()
            await asyncio.sleep(seconds - 0.5)
            end, share, server_share = clock(), busy(began), server.busy()
            frames = sum(start <= at < end for frame in fleet.tally.frames.values() for at in frame.arrivals)
            rate = frames / (end - start)
            rows.append(
                {
                    "load": f"frames of {size:,} bytes",
                    "frames_per_second": rate,
                    "generator_busy": share,
                    "server_busy": [server_share],
                    "ceiling": rate / share,
                }
            )
            await asyncio.sleep(1.2)
    finally:
        gc.enable()
        await fleet.close()
    return rows


def run(bench: Bench, contender: Contender, _plan: Plan) -> list[Row]:
    """The rows for small frames and for large, merged ones."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start()))


SCENARIO = Scenario(
    name="headroom",
    title="The load generator alone",
    contenders=("blaster",),
    run=run,
    max_repetitions=1,
)
