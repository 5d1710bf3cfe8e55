"""How long derivers take to compare 100,000 rooms, and how late they are in a quiet room while another one is busy."""

from bench.contenders import Contender
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.module_run import run_module
from bench.servers import Bench

DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
SECONDS = 20.0
QUICK_SECONDS = 5.0


def comparison(database: str) -> str:
    """The name of the load on the page."""
    return f"comparing 100,000 rooms, {DATABASES[database]}"


def delay(database: str) -> str:
    """The name of the load on the page."""
    return f"delay of a quiet room, {DATABASES[database]}"


def run(bench: Bench, _contender: Contender, plan: Plan) -> list[Row]:
    """Two rows for each database."""
    rows: list[Row] = []
    for database in DATABASES:
        found = _measure(bench, database, QUICK_SECONDS if plan.quick else SECONDS)
        rows += [
            {"load": comparison(database), **found["comparison"]},
            {"load": delay(database), **found["delay"]},
        ]
    return rows


def _measure(bench: Bench, database: str, seconds: float) -> Row:
    found: Row = run_module(bench, "deriving", "--on", database, "--seconds", str(seconds))
    return found


SCENARIO = Scenario(
    name="deriving",
    title="Derivers in 100,000 rooms",
    contenders=("ours",),
    run=run,
    max_repetitions=1,
)
