"""Statistics of samples, and their formats."""

from collections.abc import Sequence
from statistics import median

__all__ = ["compact", "median", "milliseconds", "percent", "percentile", "ratio"]


def percentile(samples: Sequence[float], share: float) -> float | None:
    """The sample that `share` (0 – 1) of all samples do not exceed (nearest rank); None without samples."""
    if not samples:
        return None
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratio(value: float | None, base: float | None) -> float | None:
    """value ÷ base; None if either is missing or the base is 0."""
    if value is None or not base:
        return None
    return value / base


def compact(value: float | None, digits: int = 3) -> str:
    """A readable number: 429,000 · 12.3 · 0.61; "–" for None."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        scale = 10 ** max(0, len(str(int(abs(value)))) - digits)
        return f"{round(value / scale) * scale:,}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def percent(share: float | None) -> str:
    """A share (0 – 1) as text: "97 %"; "–" for None."""
    return "–" if share is None else f"{share * 100:.0f} %"


def milliseconds(seconds: float | None) -> str:
    """Seconds as text: "8.4 ms", "2.1 s"; "–" for None."""
    if seconds is None:
        return "–"
    if seconds >= 1:
        return f"{compact(seconds)} s"
    return f"{compact(seconds * 1000)} ms"
