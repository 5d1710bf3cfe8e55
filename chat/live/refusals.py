"""Counts what this process refused, by reason, and logs the counts in one line every 30 s."""

import asyncio
import logging
from collections import Counter
from enum import StrEnum

logger = logging.getLogger(__name__)

REPORT_SECONDS = 30.0
"""How long refusals are counted before the line is logged."""


class Reason(StrEnum):
    """Why something was refused, as the log words it."""

    BODY = "bodies over their limit"
    SLOW = "requests that were sent too slowly"
    ADDRESS = "connections over the limit of an address"
    DESCRIPTORS = "for lack of file descriptors"
    MEMORY = "for lack of memory"
    FRAME = "frames over the limit"
    PERSON = "sockets over the limit of a person"
    HANDSHAKES = "handshakes over the rate of a session"
    PACE = "commands over the rate"


class Refusals:
    """Counts refusals. Runs on an event loop, which schedules the report."""

    def __init__(self) -> None:
        self.counts: Counter[Reason] = Counter()
        self._report: asyncio.TimerHandle | None = None

    def count(self, reason: Reason) -> None:
        self.counts[reason] += 1
        if self._report is None:
            self._report = asyncio.get_running_loop().call_later(REPORT_SECONDS, self.report)

    def report(self) -> None:
        """Log the counts, if there are any, and start again from zero."""
        if self._report is not None:
            self._report.cancel()
            self._report = None
        if self.counts:
            counted = ", ".join(f"{number} {reason}" for reason, number in self.counts.most_common())
            logger.warning("Refused within the last %d s: %s", REPORT_SECONDS, counted)
            self.counts.clear()


refusals = Refusals()
"""The refusals of this process."""
