"""How fast messages are indexed, and how long searches take among 10,000, 100,000 and 1,000,000 of them."""

from bench.contenders import Contender
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.deriving import DATABASES
from bench.scenarios.module_run import run_module
from bench.servers import Bench

SIZES = (10_000, 100_000, 1_000_000)


def load_name(messages: int, database: str) -> str:
    """The name of the load on the page."""
    return f"{messages:,} messages, {DATABASES[database]}"


def run(bench: Bench, _contender: Contender, plan: Plan) -> list[Row]:
    """A row for each size and database."""
    sizes = SIZES[:1] if plan.quick else SIZES
    return [_measure(bench, messages, database) for messages in sizes for database in DATABASES]


def _measure(bench: Bench, messages: int, database: str) -> Row:
    found = run_module(bench, "search", "--on", database, "--messages", str(messages))
    queries = {name: found["queries"][name] for name in ("p50", "p95", "longest")}
    index = {"indexed_per_second": found["index"]["per_second"], "bytes": found["index"]["bytes"]}
    return {"load": load_name(messages, database), **queries, **index}


SCENARIO = Scenario(
    name="search",
    title="Search",
    contenders=("ours",),
    run=run,
    max_repetitions=1,
)
