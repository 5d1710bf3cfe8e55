"""Questions to a file of raw results: medians over repetitions, ratios within them."""

from collections.abc import Iterable
from typing import Any

from bench.contenders import CONTENDERS
from bench.disk import Disk
from bench.scenarios import Row
from bench.stats import median, ratio


class Results:
    """The rows of one run."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.about: dict[str, Any] = kept["about"]
        self.rows: list[Row] = kept["rows"]

    def has(self, scenario: str) -> bool:
        """Whether this scenario was run."""
        return any(row["scenario"] == scenario for row in self.rows)

    def contenders(self, scenario: str) -> list[str]:
        """Who took part in it, in the order of `CONTENDERS`."""
        took_part = {row["contender"] for row in self.rows if row["scenario"] == scenario}
        return [name for name in CONTENDERS if name in took_part]

    def loads(self, scenario: str) -> list[str]:
        """The loads of a scenario, in the order they were first measured."""
        names = (row["load"] for row in self.rows if row["scenario"] == scenario)
        return [name for name in dict.fromkeys(names) if name != "failed"]

    def samples(self, scenario: str, load: str, contender: str, field: str) -> dict[int, float]:
        """The values of a field by repetition; lists are averaged."""
        found: dict[int, float] = {}
        for row in self.rows:
            if (row["scenario"], row["load"], row["contender"]) == (scenario, load, contender):
                value = row.get(field)
                if isinstance(value, list):
                    value = sum(value) / len(value)
                if value is not None:
                    found[row["repetition"]] = value
        return found

    def value(self, scenario: str, load: str, contender: str, field: str) -> float | None:
        """The median over the repetitions."""
        return _median(self.samples(scenario, load, contender, field).values())

    def ratio(self, scenario: str, load: str, field: str, one: str, other: str) -> float | None:
        """one ÷ other: the median of the ratios of the repetitions that have both, else the ratio of the medians."""
        ones, others = self.samples(scenario, load, one, field), self.samples(scenario, load, other, field)
        pairs = [value / others[rep] for rep, value in ones.items() if others.get(rep)]
        if len(pairs) > 1:
            return _median(pairs)
        return ratio(_median(ones.values()), _median(others.values()))

    def spread(self, scenario: str, load: str, contender: str, field: str) -> tuple[float, float] | None:
        """The least and the most of the repetitions; None with fewer than two."""
        values = list(self.samples(scenario, load, contender, field).values())
        return (min(values), max(values)) if len(values) > 1 else None

    def held_up(self) -> tuple[int, int]:
        """How often a window was measured again for the disk, and how many measurements that did not help."""
        again = sum(len(row.get("held_up", ())) for row in self.rows)
        in_vain = sum(bool(row.get("held_up")) and Disk.is_held_up(row["longest_flush"]) for row in self.rows)
        return again, in_vain

    def total(self, field: str) -> int:
        """The sum of an audit's field over all measurements of this site (each audit once)."""
        audits = {
            (row["scenario"], row["contender"], row["repetition"], row["audit"]["stored"]): row["audit"][field]
            for row in self.rows
            if "audit" in row
        }
        return sum(audits.values())


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None
