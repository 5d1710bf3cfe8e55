"""The scenarios, in the order they run and are reported. Each module has TITLE, CONTENDERS and `run`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.contenders import Contender
from bench.servers import Bench

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Duration and number of measurements: `seconds` per window, `repetitions` of each load, `quick` for a short run.

    `again_seconds` is the budget of the whole run for measuring windows again. If a run `is_of_pairs`, each repetition
    is a pair of with and without, and no scenario limits their number.
    """

    seconds: float
    repetitions: int
    quick: bool
    again_seconds: float
    is_of_pairs: bool = False


@dataclass(frozen=True)
class Scenario:
    """One question to all contenders that support it. `run` returns one row per load.

    `max_repetitions` and, for each contender, `repetitions_of` limit the repetitions of the plan: some contenders are
    so slow that three repetitions would take longer than all others together.
    """

    name: str
    title: str
    contenders: Sequence[str]
    run: Callable[[Bench, Contender, Plan], list[Row]]
    quick_contenders: Sequence[str] = ()
    max_repetitions: int = 99
    repetitions_of: Mapping[str, int] = field(default_factory=dict)
