"""What a run counts and times."""

from collections import Counter
from dataclasses import dataclass, field

from faults.history import Act


@dataclass
class Stats:
    """Of all clients of one stage. Times are in seconds, of the event loop's clock where they are points in time."""

    acts: int = 0
    acks: list[tuple[float, float]] = field(default_factory=list)
    """When an act was acked, and how long after it was first sent."""
    lags: list[tuple[float, float]] = field(default_factory=list)
    """When somebody saw a message for the first time, and how long after it was first sent."""
    closes: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failed_attempts: int = 0
    dead_sockets: int = 0
    faults: int = 0
    returns: int = 0
    """How often somebody tried to connect again."""
    _sent_at: dict[str, float] = field(default_factory=dict)

    def sent(self, act: Act) -> None:
        """An act leaves its outbox for the first time."""
        self.acts += 1
        if act.kind == "send" and act.first_tried_at is not None:
            self._sent_at[act.key] = act.first_tried_at

    def acked(self, act: Act, now: float) -> None:
        """An act was acked."""
        assert act.first_tried_at is not None
        self.acks.append((now, now - act.first_tried_at))

    def seen(self, key: str, now: float) -> None:
        """Somebody who has the room open was sent a message they did not have."""
        sent_at = self._sent_at.get(key)
        if sent_at is not None:
            self.lags.append((now, now - sent_at))


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so large a share of the values is not above; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
