"""Counts and durations of a run."""

from collections import Counter
from dataclasses import dataclass, field

from faults.history import Act


@dataclass
class Stats:
    """The statistics of all clients of a stage. Times are in seconds; points in time are of the event loop's clock."""

    acts: int = 0
    acks: list[tuple[float, float]] = field(default_factory=list)
    """Acks: the time, and the delay since the act was first sent."""
    lags: list[tuple[float, float]] = field(default_factory=list)
    """Sightings of new messages: the time, and the delay since the message was first sent."""
    closes: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failed_attempts: int = 0
    dead_sockets: int = 0
    faults: int = 0
    returns: int = 0
    """The number of attempts to reconnect."""
    _sent_at: dict[str, float] = field(default_factory=dict)

    def sent(self, act: Act) -> None:
        """Record that an act is sent for the first time."""
        self.acts += 1
        if act.kind == "send" and act.first_tried_at is not None:
            self._sent_at[act.key] = act.first_tried_at

    def acked(self, act: Act, now: float) -> None:
        """Record that an act was acked."""
        assert act.first_tried_at is not None
        self.acks.append((now, now - act.first_tried_at))

    def seen(self, key: str, now: float) -> None:
        """Record that a client with the room open was sent a message that it did not have."""
        sent_at = self._sent_at.get(key)
        if sent_at is not None:
            self.lags.append((now, now - sent_at))


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
