"""Token buckets: how fast somebody may go on, and how much at once."""


class TokenBucket:
    """`burst` tokens at most, refilled with `per_second`. The caller brings the time, in seconds of any clock."""

    __slots__ = ("_at", "_tokens", "burst", "per_second")

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        self.per_second = per_second
        self.burst = burst
        self._tokens = float(burst)
        self._at = now

    def is_full(self, now: float) -> bool:
        """Whether nothing that was taken is still missing: then a new bucket is as good as this one."""
        return self._tokens + (now - self._at) * self.per_second >= self.burst

    def change(self, per_second: float, burst: int, now: float) -> None:
        """Refill with `per_second` from now on, up to `burst`; what was used stays used."""
        used = self.burst - min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self.per_second, self.burst = per_second, burst
        self._tokens, self._at = burst - used, now

    def take(self, now: float) -> float:
        """Take a token and return 0.0, or take none and return in how many seconds there will be one."""
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.per_second
