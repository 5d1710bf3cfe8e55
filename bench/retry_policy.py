"""Decides which windows are measured again because the disk stalled, within a time budget per run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.disk import Disk

WINDOWS = 4
"""Most windows of one load."""
LONG_SECONDS = 10.0
"""Windows that took longer are not measured again: a stall is a small part of them."""


@dataclass
class Again:
    """The seconds that a run may still spend on measuring windows again, for all contenders together."""

    seconds: float

    def is_due(self, windows: Sequence[dict[str, Any]]) -> bool:
        """Whether to measure another window after these windows of the same load: the disk stalled in the last one."""
        last = windows[-1]
        return (
            Disk.is_held_up(last["longest_flush"])
            and len(windows) < WINDOWS
            and last["took"] <= min(LONG_SECONDS, self.seconds)
        )

    def spend(self, seconds: float) -> None:
        """Deduct a window that was measured again from the budget."""
        self.seconds -= seconds
