"""Logs a lasting failure when it begins, once a minute while it lasts, and when it ends."""

import logging
import sqlite3
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

REPEAT_SECONDS = 60.0
"""How often a lasting failure is logged again."""

HELD_SECONDS = 60.0
"""A failure counts as over this long after it last occurred; waiting clients retry at least every 20 s."""

SQLITE_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
POSTGRESQL_REASONS = {
    "53100": "the disk is full",
    "53200": "the server has no memory left",
    "53300": "the server has no connection left",
    "25006": "the server is read-only",
}
OTHER_REASONS = {"PoolTimeout": "no connection could be had"}


def reason_of(error: BaseException) -> str:
    """Why the database failed, in words safe to show to anybody: without the statement or the server's address."""
    cause = error.__cause__ or error
    known = SQLITE_REASONS.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    name = type(cause).__name__
    return known or POSTGRESQL_REASONS.get(getattr(cause, "sqlstate", None) or "") or OTHER_REASONS.get(name, name)


class Outage:
    """Tracks whether something keeps failing. One thread reports; any thread may read `reason`."""

    def __init__(self, failing: str, working: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._failing = failing
        self._working = working
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self._began_at: float | None = None
        self._failed_at = self._logged_at = 0.0
        self._failures = 0
        self._reason = ""

    @property
    def reason(self) -> str:
        """Why it fails; empty if it is not known to fail."""
        is_over = self._began_at is None or self._clock() - self._failed_at > HELD_SECONDS
        return "" if is_over else self._reason

    def failed(self, error: BaseException) -> None:
        """Report one failure."""
        now = self._clock()
        if not self.reason:
            self.reset()
        if self._began_at is None:
            self._began_at = now
        self._failures += 1
        is_news = self._reason != reason_of(error) or now - self._logged_at >= REPEAT_SECONDS
        self._failed_at, self._reason = now, reason_of(error)
        if is_news:
            self._logged_at = now
            text = str(error).partition("\n")[0]
            logger.warning("%s: %s (%s; %d failures)", self._failing, self._reason, text, self._failures)

    def worked(self) -> None:
        """Report one success."""
        if self._began_at is not None:
            seconds = self._clock() - self._began_at
            logger.warning("%s, %.0f s after the first of %d failures", self._working, seconds, self._failures)
            self.reset()


storing = Outage("Messages cannot be stored", "Messages are stored again")
"""Failures of this process's writer."""

asking = Outage("The database does not answer")
"""Failures of all other queries of the live path. Reads may work while writes fail, so that one success does not end
it: only HELD_SECONDS without a failure do."""
