"""How long derivers take to compare 100,000 rooms, and how late they are in a quiet room while another one is busy."""

import json
import os
import subprocess
import sys

from bench.contenders import ROOT, Contender
from bench.scenarios import Plan, Row, Scenario
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
    """Run `bench.deriving`, which has services and processes of its own, on all cores."""
    cores = {bench.server_core, bench.load_core}
    done = subprocess.run(
        [sys.executable, "-m", "bench.deriving", "--on", database, "--seconds", str(seconds), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    if done.returncode:
        raise RuntimeError(f"bench.deriving failed:\n{done.stderr[-3000:]}")
    found: Row = json.loads(done.stdout)
    return found


SCENARIO = Scenario(
    name="deriving",
    title="Derivers in 100,000 rooms",
    contenders=("ours",),
    run=run,
    max_repetitions=1,
)
