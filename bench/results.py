"""Queries on a file of raw results: medians over repetitions, ratios within them."""

from collections.abc import Iterable, Mapping
from statistics import quantiles
from typing import Any

from bench.contenders import CONTENDERS
from bench.disk import Disk
from bench.scenarios import Row
from bench.stats import median, ratio

FEWEST_FOR_QUARTILES = 4


class Results:
    """The rows of one run."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.about: dict[str, Any] = kept["about"]
        self.rows: list[Row] = kept["rows"]

    def has(self, scenario: str) -> bool:
        """Whether this scenario was run."""
        return any(row["scenario"] == scenario for row in self.rows)

    def contenders(self, scenario: str) -> list[str]:
        """The contenders that took part, in the order of `CONTENDERS`."""
        took_part = {row["contender"] for row in self.rows if row["scenario"] == scenario}
        return [name for name in CONTENDERS if name in took_part]

    def loads(self, scenario: str) -> list[str]:
        """The loads of a scenario, in the order in which they were first measured."""
        names = (row["load"] for row in self.rows if row["scenario"] == scenario)
        return [name for name in dict.fromkeys(names) if name != "failed"]

    def samples(self, scenario: str, load: str, contender: str, field: str) -> dict[int, float]:
        """The values of a field by repetition. Lists are averaged."""
        found: dict[int, float] = {}
        for row in self._measured(scenario, load, contender):
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
        """one ÷ other: the median ratio of the repetitions that have both; otherwise the ratio of the medians."""
        return _ratio(self.samples(scenario, load, one, field), self.samples(scenario, load, other, field))

    def quartiles(self, scenario: str, load: str, field: str, one: str, other: str) -> tuple[float, float] | None:
        """The lower and the upper quartile of one ÷ other; None with fewer than four pairs."""
        ones, others = (self.samples(scenario, load, name, field) for name in (one, other))
        pairs = _pairs(ones, others)
        if len(pairs) < FEWEST_FOR_QUARTILES:
            return None
        lower, _median, upper = quantiles(pairs, n=4, method="inclusive")
        return lower, upper

    def ratio_of_loads(self, scenario: str, contender: str, field: str, one: str, other: str) -> float | None:
        """The same for two loads of one contender."""
        return _ratio(self.samples(scenario, one, contender, field), self.samples(scenario, other, contender, field))

    def repetitions(self, scenario: str, load: str, contender: str) -> int:
        """The number of repetitions of this measurement."""
        return len(self._measured(scenario, load, contender))

    def lost(self, scenario: str, load: str, contender: str) -> int:
        """The number of lost deliveries in all repetitions together."""
        return sum(row["lost"] for row in self._measured(scenario, load, contender))

    def worst(self, scenario: str, load: str, contender: str, field: str) -> float | None:
        """The maximum over all windows of all repetitions, including windows that do not count."""
        windows = [
            window for row in self._measured(scenario, load, contender) for window in (row, *row.get("held_up", ()))
        ]
        return max((window[field] for window in windows if window.get(field) is not None), default=None)

    def spread(self, scenario: str, load: str, contender: str, field: str) -> tuple[float, float] | None:
        """The minimum and the maximum over the repetitions; None if there are fewer than two."""
        values = list(self.samples(scenario, load, contender, field).values())
        return (min(values), max(values)) if len(values) > 1 else None

    def held_up(self) -> tuple[int, int]:
        """The number of windows that were measured again, and of measurements in which the disk stalled even in the
        best window."""
        again = sum(len(row.get("held_up", ())) for row in self.rows)
        kept = sum(Disk.is_held_up(row.get("longest_flush", 0.0)) for row in self.rows)
        return again, kept

    def total(self, field: str) -> int:
        """The sum of an audit's field over all measurements of this site, each audit once."""
        audits = {
            (row["scenario"], row["contender"], row["repetition"], row["audit"]["stored"]): row["audit"][field]
            for row in self.rows
            if "audit" in row
        }
        return sum(audits.values())

    def _measured(self, scenario: str, load: str, contender: str) -> list[Row]:
        wanted = (scenario, load, contender)
        return [row for row in self.rows if (row["scenario"], row["load"], row["contender"]) == wanted]


def _ratio(ones: Mapping[int, float], others: Mapping[int, float]) -> float | None:
    pairs = _pairs(ones, others)
    if len(pairs) > 1:
        return _median(pairs)
    return ratio(_median(ones.values()), _median(others.values()))


def _pairs(ones: Mapping[int, float], others: Mapping[int, float]) -> list[float]:
    """The ratios of the repetitions that have both."""
    return [value / others[repetition] for repetition, value in ones.items() if others.get(repetition)]


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None
