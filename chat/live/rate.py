"""Rate limits by token buckets."""


class TokenBucket:
    """Holds at most `burst` tokens, refilled at `per_second`. The caller passes the time, in seconds of one clock."""

    __slots__ = ("_at", "_tokens", "burst", "per_second")

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        self.per_second = per_second
        self.burst = burst
        self._tokens = float(burst)
        self._at = now

    def is_full(self, now: float) -> bool:
        """Whether all tokens are back, so that a new bucket would be equal."""
        return self._tokens + (now - self._at) * self.per_second >= self.burst

    def change(self, per_second: float, burst: int, now: float) -> None:
        """Refill at `per_second` up to `burst` from now on. Tokens that were taken stay taken."""
        used = self.burst - min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self.per_second, self.burst = per_second, burst
        self._tokens, self._at = burst - used, now

    def take(self, now: float) -> float:
        """Take a token and return 0.0, or take none and return the seconds until there is one."""
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.per_second
