"""The rate limit of one connection, and whether its client waits when asked to."""

from chat.live.rate import TokenBucket

COMMANDS_PER_SECOND = 50
COMMANDS_BURST = 200
"""The rate at which one connection may send commands of any kind."""

RATE_LIMITED_WAIT_SECONDS = 0.25
"""A client over that rate is asked to wait at least this long."""

RATE_LIMITED_PAUSE_SECONDS = 0.1
"""The next frame of a client over that rate is not handled for this long, so that a flood is cheap to refuse.

Shorter than the wait, so that a frame already queued behind the refusal counts as having ignored it.
"""

FLOODING_SECONDS = 10.0
"""A client that has ignored `rate_limited` for this long is closed with 4429."""

QUIET_SECONDS = 2.0
"""A client that has not ignored `rate_limited` for this long counts as having slowed down."""


class ConnectionPace:
    """The pace of one connection. The caller passes the time, in seconds of one clock."""

    __slots__ = ("_flooded_at", "_flooding_since", "_retry_at", "commands")

    def __init__(self, now: float) -> None:
        self.commands = TokenBucket(COMMANDS_PER_SECOND, COMMANDS_BURST, now)
        self._retry_at = 0.0
        self._flooding_since: float | None = None
        self._flooded_at = 0.0

    def refused(self, wait: float, now: float) -> bool:
        """Note that the client is asked to wait this long. Returns whether it has ignored that for FLOODING_SECONDS."""
        is_flooding = now < self._retry_at and self._flooded_for(now) >= FLOODING_SECONDS
        self._retry_at = now + wait
        return is_flooding

    def _flooded_for(self, now: float) -> float:
        if self._flooding_since is None or now - self._flooded_at > QUIET_SECONDS:
            self._flooding_since = now
        self._flooded_at = now
        return now - self._flooding_since
