"""`bin/bench`: run scenarios, keep the raw numbers, write docs/performance.md and its charts."""

import argparse
import importlib
import json
import shlex
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from bench.ablations import WITHOUT_SCENARIOS, contenders_without, gains
from bench.contenders import CONTENDERS, OPTIMISATIONS, ROOT, Contender, available
from bench.results import Results
from bench.retry_policy import Again
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench

SCENARIOS = (
    *("headroom", "fanout", "durable", "connections", "history", "http", "scaling", "large_room", "reactions"),
    *("presence", "reads", "mentions", "threads", "slow_mode", "markdown", "derivers", "deriving", "compression"),
    *("streams", "search", "files", "browser"),
)
PAIRS = 10
"""Repetitions of `--without`."""
RESULTS = ROOT / "bench" / "results"
QUICK_SCENARIOS = ("fanout", "durable", "connections", "history", "http")
QUICK = Plan(seconds=2.0, repetitions=1, quick=True, again_seconds=15.0)
FULL = Plan(seconds=3.0, repetitions=3, quick=False, again_seconds=150.0)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"which to run (all): {' '.join(SCENARIOS)}")
    parser.add_argument("--quick", action="store_true", help="a first impression within two minutes; writes no docs")
    parser.add_argument("--only", help=f"contenders, separated by commas (all): {' '.join(CONTENDERS)}")
    parser.add_argument("--seconds", type=float, help="length of a window")
    parser.add_argument("--repetitions", type=int, help="how often each load is measured")
    parser.add_argument(
        "--without",
        choices=(*OPTIMISATIONS, "all"),
        help="measure the gain of one optimisation, or of each: this site with and without it in turn",
    )
    parser.add_argument("--report", type=Path, help="do not measure; write the docs from this file of results")
    parser.add_argument(
        "--gains", type=Path, help="show the gain of each optimisation in the docs, from this file of results"
    )
    parser.add_argument(
        "--add",
        type=Path,
        nargs="+",
        default=[],
        help="show scenarios that were not run in the docs, from these files of results",
    )
    parser.add_argument("--docs", action="store_true", help="write the docs even if only some scenarios were run")
    given = parser.parse_args()
    if unknown := set(given.scenario) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if given.only and (unknown := set(given.only.split(",")) - set(CONTENDERS)):
        parser.error(f"no such contender: {', '.join(sorted(unknown))}")
    return given


def plan_of(given: argparse.Namespace) -> Plan:
    """The plan for these arguments."""
    base = replace(QUICK, repetitions=PAIRS, is_of_pairs=True) if given.without else QUICK if given.quick else FULL
    return replace(base, seconds=given.seconds or base.seconds, repetitions=given.repetitions or base.repetitions)


def contenders_of(scenario: Scenario, given: argparse.Namespace) -> list[Contender]:
    """The contenders to measure. Those that cannot run here are printed with the reason, and left out."""
    wanted = list(scenario.quick_contenders or scenario.contenders) if given.quick else list(scenario.contenders)
    if given.only:
        wanted = [name for name in scenario.contenders if name in given.only.split(",")]
    if given.without:
        wanted = contenders_without(scenario.name, given.without)
    chosen, missing = available(wanted)
    for sentence in missing:
        print(f"  left out: {sentence}")
    return chosen


def run_scenario(bench: Bench, scenario: Scenario, contenders: Sequence[Contender], plan: Plan) -> list[Row]:
    """Run all repetitions. Contenders take turns within each, so that slow minutes of the machine affect them all."""
    rows: list[Row] = []
    most = plan.repetitions if plan.is_of_pairs else min(plan.repetitions, scenario.max_repetitions)
    for repetition in range(most):
        for contender in contenders:
            if repetition >= scenario.repetitions_of.get(contender.name, plan.repetitions):
                continue
            began = time.perf_counter()
            try:
                got = scenario.run(bench, contender, plan)
            except Exception as error:  # noqa: BLE001  # a contender that fails must not cost the results of the others
                traceback.print_exc()
                got = [{"load": "failed", "error": str(error)[:500]}]
            stamp = {"scenario": scenario.name, "contender": contender.name, "repetition": repetition}
            rows += [stamp | row for row in got]
            print(f"  {contender.label} ({time.perf_counter() - began:.0f} s)")
            for row in got:
                print(f"    {summary(row)}", flush=True)
    return rows


def summary(row: Row) -> str:
    """A measurement as one line of text."""
    shown = [f"{row['load']}:"]
    for name, value in row.items():
        if name in {"load", "audit"}:
            continue
        if name == "held_up":
            shown += [f"disk stalled in {len(value)} other windows"] if value else []
        elif isinstance(value, float):
            shown.append(f"{name} {value:,.4g}")
        elif isinstance(value, list):
            shown.append(f"{name} {' '.join(f'{one:.2f}' for one in value)}")
        elif isinstance(value, int | dict) and value:
            shown.append(f"{name} {value}")
    wrong = {name: count for name, count in row.get("audit", {}).items() if name not in {"stored", "acked"} and count}
    return " ".join(shown) + (f" AUDIT FAILED {wrong}" if wrong else "")


def is_clean(row: Row) -> bool:
    """Whether a measurement succeeded and found no lost, duplicate or misplaced message of this site."""
    if "error" in row or row.get("incomplete") or row.get("refused"):
        return False
    audit = row.get("audit")
    if audit is None:
        return True
    wrong = audit["acked_but_not_stored"] or audit["stored_twice"] or audit["rooms_with_holes"]
    return not (wrong or row["lost"] or row["unacked"] or row["faults"])


def measure(given: argparse.Namespace) -> tuple[Path, bool]:
    """Run the requested scenarios. Returns the file of results, and whether all measurements are clean."""
    plan = plan_of(given)
    began = datetime.now(UTC)
    bench = Bench(ROOT / "var" / "bench", again=Again(plan.again_seconds))
    rows: list[Row] = []
    try:
        about = machine.about(bench) | {
            "command": shlex.join(["bin/bench", *sys.argv[1:]]),
            "date": began.isoformat(timespec="seconds"),
            "plan": {"seconds": plan.seconds, "repetitions": plan.repetitions},
        }
        usual = WITHOUT_SCENARIOS if given.without else QUICK_SCENARIOS if given.quick else SCENARIOS
        for name in given.scenario or usual:
            scenario: Scenario = importlib.import_module(f"bench.scenarios.{name}").SCENARIO
            contenders = contenders_of(scenario, given)
            if contenders:
                print(scenario.title, flush=True)
                rows += run_scenario(bench, scenario, contenders, plan)
        about["disk"] = bench.disk.summary()
    finally:
        bench.stop()
    about["seconds"] = round((datetime.now(UTC) - began).total_seconds())
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{began:%Y-%m-%d-%H%M%S}{'-quick' if given.quick else ''}.json"
    kept.write_text(json.dumps({"about": about, "rows": rows}, indent=1))
    return kept, all(is_clean(row) for row in rows)


def main() -> int:
    """Measure and report. The exit code is 1 if this site lost or duplicated something under load."""
    given = arguments()
    clean = True
    if given.report:
        kept = given.report
    else:
        kept, clean = measure(given)
        print(f"Raw numbers: {kept.relative_to(ROOT)}")
    if given.without:
        print(gains(Results(json.loads(kept.read_text()))))
    if given.report or given.docs or not (given.quick or given.scenario or given.only or given.without):
        from bench.report import write

        gained = json.loads(given.gains.read_text()) if given.gains else None
        added = [json.loads(file.read_text()) for file in given.add]
        write(json.loads(kept.read_text()), ROOT / "docs", gained=gained, added=added)
        print("Written: docs/performance.md and docs/img/")
    if not clean:
        print("Something was lost, duplicated or failed: see above.", file=sys.stderr)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
