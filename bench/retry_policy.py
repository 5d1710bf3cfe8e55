"""Which window is measured again: one in which the disk was held up, within what time a run has for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.disk import Disk

WINDOWS = 4
"""At most this many windows of one load."""
LONG_SECONDS = 10.0
"""A window that took longer is left as it is: a stall is a small part of it."""


@dataclass
class Again:
    """The seconds that a run may still spend on measuring windows again, of all contenders together."""

    seconds: float

    def is_due(self, windows: Sequence[dict[str, Any]]) -> bool:
        """Whether one more is measured after these windows of the same load: the disk was held up in the last."""
        last = windows[-1]
        return (
            Disk.is_held_up(last["longest_flush"])
            and len(windows) < WINDOWS
            and last["took"] <= min(LONG_SECONDS, self.seconds)
        )

    def spend(self, seconds: float) -> None:
        """Count a window that was measured again."""
        self.seconds -= seconds
