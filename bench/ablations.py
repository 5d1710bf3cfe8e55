"""The gain of each optimisation: this site with it, compared with this site without it."""

from bench.contenders import OPTIMISATIONS
from bench.results import Results
from bench.sections import table, times

WITHOUT_SCENARIOS = {
    "fanout": ("direct-writes", "loop-commit", "gc-freeze"),
    "durable": ("direct-writes", "whole-frame", "pipeline", "loop-commit", "search"),
    "connections": ("room-cache",),
    "http": ("one-hop", "room-cache"),
}
"""Which optimisations each scenario can feel: the others do nothing in its path."""

FIGURES = (
    ("fanout", "4 senders", "deliveries_per_second", "deliveries/s, 4 senders"),
    ("fanout", "64 senders", "deliveries_per_second", "deliveries/s, 64 senders"),
    ("fanout", "paced", "p50", "even pace, p50"),
    ("fanout", "paced", "p99", "even pace, p99"),
    ("durable", "saturated", "messages_per_second", "stored messages/s"),
    ("durable", "half", "ack_p99", "ack p99 at half the rate"),
    ("connections", "resume", "seconds", "resume storm"),
    ("http", "page, 16 clients", "per_second", "pages/s"),
)
"""Scenario, load and field of each row, and its name on the page."""


def contenders_without(scenario: str, optimisations: str) -> list[str]:
    """The contenders of a scenario with `--without`: the site, and the site without each optimisation that affects it.

    `optimisations` is the name of one, or "all".
    """
    affecting = [
        optimisation
        for optimisation in WITHOUT_SCENARIOS.get(scenario, OPTIMISATIONS)
        if optimisations in {optimisation, "all"}
    ]
    return ["ours", *(f"ours-without-{optimisation}" for optimisation in affecting)] if affecting else []


def gains(results: Results) -> str:
    """A table of ratios with ÷ without: the median over the pairs. Empty if no optimisation was switched off."""
    rows = [row for optimisation in OPTIMISATIONS for row in _rows(results, optimisation)]
    head = ["without", "figure", "with ÷ without", "half of the pairs between", "pairs"]
    return table(head, rows) if rows else ""


def _rows(results: Results, optimisation: str) -> list[list[str]]:
    name = f"ours-without-{optimisation}"
    rows = []
    for scenario, load, field, title in FIGURES:
        ratio = results.ratio(scenario, load, field, "ours", name)
        if ratio is not None:
            quarters = results.quartiles(scenario, load, field, "ours", name)
            spread = "–" if quarters is None else f"{times(quarters[0])} and {times(quarters[1])}"
            rows.append([optimisation, title, times(ratio), spread, str(results.repetitions(scenario, load, name))])
    return rows
