"""The scenarios, in the order they run and are reported. Each module has TITLE, CONTENDERS and `run`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.contenders import Contender
from bench.servers import Bench

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How long and how often: `seconds` per window, `repetitions` of everything, `quick` for a first impression.

    `again_seconds` is what the whole run may spend on windows that are measured again. A run `is_of_pairs` where each
    repetition counts as one pair of with and without: no scenario caps them.
    """

    seconds: float
    repetitions: int
    quick: bool
    again_seconds: float
    is_of_pairs: bool = False


@dataclass(frozen=True)
class Scenario:
    """One question to all who can answer it. `run` gives one row per load.

    `max_repetitions` and, per contender, `repetitions_of` cap the plan's repetitions: some are so slow that three of
    them would take longer than all others together.
    """

    name: str
    title: str
    contenders: Sequence[str]
    run: Callable[[Bench, Contender, Plan], list[Row]]
    quick_contenders: Sequence[str] = ()
    max_repetitions: int = 99
    repetitions_of: Mapping[str, int] = field(default_factory=dict)
