"""Stored messages in 50 rooms of 4, while nothing derives, another process does, or a thread of the server does."""

import uvloop

from bench.contenders import Contender
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.durable import load
from bench.servers import Bench


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """The rows "saturated" and "half" of this contender."""
    with bench.site(contender, seed="rooms") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="derivers",
    title="Stored messages beside derivers",
    contenders=("ours-without-derivers", "ours", "ours-deriving"),
    run=run,
)
