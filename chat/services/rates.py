"""Rate limits that are counted per process, in memory of fixed size."""

import hashlib
import math
import secrets
from array import array
from collections.abc import Callable
from threading import Lock
from time import monotonic
from weakref import WeakSet

SLOTS = 1 << 16
ROWS = 2
ROUNDING_SECONDS = 1e-6
"""More than the rounding errors of a burst add up to, so that it never lacks its last action."""


def _now() -> float:
    return monotonic()


_tables: "WeakSet[RateTable]" = WeakSet()


def clear_all() -> None:
    """Forget all actions of all keys of all tables of this process."""
    for table in _tables:
        table.clear()


def whole_seconds(wait: float) -> int:
    """A wait rounded up to whole seconds, as clients are told. After it they may act."""
    return max(1, math.ceil(wait - ROUNDING_SECONDS))


class RateTable:
    """Limits any number of keys to `burst` actions at once and `per_second` in the long run. Thread-safe.

    Each key hashes to one slot per row, and the lowest of its slots counts (a count-min sketch). A flood of other keys
    can therefore not evict a key, as it could from a cache. Two keys that share all slots, one pair in four billion,
    share their limit. The hash is keyed, so that nobody can choose keys that collide.

    A slot holds the time at which its key has paid all its debt: the "theoretical arrival time" of the generic cell
    rate algorithm.
    """

    def __init__(self, *, per_second: float, burst: int, clock: Callable[[], float] | None = None) -> None:
        self.per_second = per_second
        self.burst = burst
        self._clock = clock or _now
        self._secret = secrets.token_bytes(16)
        self._rows = [array("d", bytes(8 * SLOTS)) for _row in range(ROWS)]
        self._is_empty = True
        self._lock = Lock()
        _tables.add(self)

    def wait(self, key: str) -> float:
        """Return the seconds until the key may act again; 0.0 if it may now. Counts nothing."""
        with self._lock:
            return self._wait(self._slots(key), self._clock())

    def take(self, key: str) -> float:
        """Count one action of the key and return 0.0, or count nothing and return the seconds until it may act."""
        slots, now = self._slots(key), self._clock()
        with self._lock:
            wait = self._wait(slots, now)
            if not wait:
                self._is_empty = False
                paid_at = max(now, self._paid_at(slots)) + 1 / self.per_second
                for row, slot in zip(self._rows, slots, strict=True):
                    row[slot] = max(row[slot], paid_at)
            return wait

    def left(self, key: str) -> tuple[int, float]:
        """Return how many actions the key has left at once, and the seconds until it has all of them."""
        with self._lock:
            debt = max(0.0, self._paid_at(self._slots(key)) - self._clock())
            used = math.ceil((debt - ROUNDING_SECONDS) * self.per_second)
            return max(0, self.burst - used), debt

    def give_back(self, key: str) -> None:
        """Undo one counted `take` of the key, for an action that turned out not to be limited."""
        slots = self._slots(key)
        with self._lock:
            for row, slot in zip(self._rows, slots, strict=True):
                row[slot] -= 1 / self.per_second

    def change(self, *, per_second: float, burst: int) -> None:
        """Change the limits of all keys. Actions that were counted stay counted."""
        with self._lock:
            now, scale = self._clock(), self.per_second / per_second
            if not self._is_empty and scale != 1:
                self._rows = [
                    array("d", (now + (paid_at - now) * scale if paid_at > now else paid_at for paid_at in row))
                    for row in self._rows
                ]
            self.per_second, self.burst = per_second, burst

    def clear(self) -> None:
        """Forget all actions of all keys."""
        with self._lock:
            if not self._is_empty:
                self._rows = [array("d", bytes(8 * SLOTS)) for _row in range(ROWS)]
                self._is_empty = True

    def _wait(self, slots: list[int], now: float) -> float:
        debt = max(0.0, self._paid_at(slots) - now)
        wait = debt + (1 - self.burst) / self.per_second
        return wait if wait > ROUNDING_SECONDS else 0.0

    def _paid_at(self, slots: list[int]) -> float:
        return min(row[slot] for row, slot in zip(self._rows, slots, strict=True))

    def _slots(self, key: str) -> list[int]:
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=4 * ROWS).digest()
        return [int.from_bytes(digest[4 * row : 4 * row + 4]) % SLOTS for row in range(ROWS)]
