"""What each trick buys: this site with it against this site without it."""

from bench.contenders import TRICKS
from bench.results import Results
from bench.sections import table, times

WITHOUT_SCENARIOS = {
    "fanout": ("direct-writes", "whole-frame", "pipeline", "loop-commit", "gc-freeze"),
    "durable": ("direct-writes", "whole-frame", "pipeline", "loop-commit", "gc-freeze"),
    "connections": ("direct-writes", "room-cache", "gc-freeze"),
    "http": ("one-hop", "room-cache", "gc-freeze"),
}
"""Which tricks each scenario can feel: the others do nothing in its path."""

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
"""Scenario, load and field of each row, and what the page calls it."""


def contenders_without(scenario: str, tricks: str) -> list[str]:
    """Who takes part in a scenario of `--without`: the site as it is, and without each of the tricks that it can feel.

    `tricks` is the name of one, or "all".
    """
    felt = [trick for trick in WITHOUT_SCENARIOS.get(scenario, TRICKS) if tricks in {trick, "all"}]
    return ["ours", *(f"ours-without-{trick}" for trick in felt)] if felt else []


def gains(results: Results) -> str:
    """A table of ratios, with ÷ without: the median over the pairs. Empty if nothing was switched off."""
    rows = [row for trick in TRICKS for row in _rows(results, trick)]
    head = ["without", "figure", "with ÷ without", "half of the pairs between", "pairs"]
    return table(head, rows) if rows else ""


def _rows(results: Results, trick: str) -> list[list[str]]:
    name = f"ours-without-{trick}"
    rows = []
    for scenario, load, field, title in FIGURES:
        ratio = results.ratio(scenario, load, field, "ours", name)
        if ratio is not None:
            quarters = results.quartiles(scenario, load, field, "ours", name)
            spread = "–" if quarters is None else f"{times(quarters[0])} and {times(quarters[1])}"
            rows.append([trick, title, times(ratio), spread, str(results.repetitions(scenario, load, name))])
    return rows
