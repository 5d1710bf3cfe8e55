"""Writes docs/performance.md and docs/img/*.svg from a file of raw results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.ablations import gains
from bench.capacity_estimate import many
from bench.disk import HELD_UP_SECONDS, SIZE
from bench.limits import limits
from bench.results import Results
from bench.sections import SECTIONS, table
from bench.stats import milliseconds
from bench.targets import Target, targets

TEMPLATES = Path(__file__).parent / "prose"
ORDER = (
    *("fanout", "durable", "connections", "history", "http", "browser", "scaling", "large_room", "reactions"),
    *("presence", "reads", "mentions", "threads", "slow_mode", "markdown", "derivers", "deriving", "compression"),
    *("search", "files", "headroom"),
)


def write(
    kept: dict[str, Any], docs: Path, *, gained: dict[str, Any] | None = None, added: Sequence[dict[str, Any]] = ()
) -> None:
    """Write the page and its charts; charts of scenarios that were not run stay as they are.

    `gained` are the results of a run with `--without`, if they are not in `kept`; `added` are those of other runs, for
    scenarios that were not run in this one.
    """
    results = Results(kept)
    runs = [results, *map(Results, added)]
    (docs / "img").mkdir(parents=True, exist_ok=True)
    parts = [_prose("introduction"), _setting(results), _promises(runs)]
    for scenario in ORDER:
        run = next((run for run in runs if run.has(scenario)), None)
        if run is None:
            continue
        for title, section_of in SECTIONS[scenario]:
            section = section_of(run)
            prose = _prose(f"{scenario}-paced" if "pace" in title else scenario)
            if run is not results:
                prose = f"{prose} {_run(run)}"
            parts.append(f"## {title}\n\n{prose}\n\n{section.text}")
            for name, chart in section.charts.items():
                (docs / "img" / f"{name}.svg").write_text(chart)
    ablated = Results(gained) if gained else results
    if bought := gains(ablated):
        parts.append(f"## What each optimisation gains\n\n{_prose('ablations')} {_run(ablated)}\n\n{bought}")
    parts += ["## How close to the limits", _prose("limits"), limits(results)]
    parts += ["## A hundred thousand people", many(results)]
    (docs / "performance.md").write_text("\n\n".join(part for part in parts if part).rstrip() + "\n")


def _prose(name: str) -> str:
    """The hand-written text of a section."""
    return (TEMPLATES / f"{name}.md").read_text().strip()


def _run(results: Results) -> str:
    about = results.about
    return f"The run: `{about['command']}`, {about['date']}, commit `{about['revision']}`."


def _setting(results: Results) -> str:
    about, plan = results.about, results.about["plan"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    minutes = about.get("seconds", 0) / 60
    windows = (
        f"{plan['seconds']:g} s, {plan['repetitions']} repetitions, interleaved; fewer for slow scenarios and "
        "contenders (column n)"
    )
    checked = (
        f"In this run {results.total('acked'):,} messages were acked; {results.total('acked_but_not_stored')} of them "
        f"were missing from the database, {results.total('stored_twice')} were stored twice, and "
        f"{results.total('rooms_with_holes')} rooms had a gap in their positions."
    )
    rows = [
        ["Command", f"`{about['command']}`"],
        ["Date", f"{about['date']}, {minutes:.0f} minutes, commit `{about['revision']}`"],
        ["Machine", f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['system']}"],
        [
            "Cores",
            f"server on core {about['server_core']}; load, PostgreSQL and Redis on core {about['load_core']}",
        ],
        ["Load average before", f"{about['load_average']:.1f}"],
        ["Windows", windows],
        ["Disk", _disk(results)],
        ["Versions", versions],
    ]
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "## This run\n\n" + "\n".join(lines) + f"\n\n{checked}"


def _disk(results: Results) -> str:
    """How long flushes to the disk took, and how many windows were measured again because of stalls."""
    disk = results.about.get("disk")
    if disk is None:
        return "not watched"
    again, kept = results.held_up()
    return (
        f"{disk['flushes']:,} flushes of {SIZE // 1024} KiB during the windows: half within "
        f"{milliseconds(disk['p50'])}, 99 % within {milliseconds(disk['p99'])}, the longest "
        f"{milliseconds(disk['longest'])}; {disk['held_up']:.1%} over {milliseconds(HELD_UP_SECONDS)}. {again} windows "
        f"were measured again; in {kept} measurements the disk stalled in the window that counts as well"
    )


def _promises(runs: Sequence[Results]) -> str:
    measured: dict[str, Target] = {}
    for run in runs:
        for one in targets(run):
            measured.setdefault(one.promise, one)
    rows = [[one.promise, one.wanted, one.measured, "yes" if one.met else "**no**"] for one in measured.values()]
    head = ["Sarangbang on Daphne compared with …", "target", "measured", "met"]
    return f"## What was promised\n\n{table(head, rows)}"
