"""Which large bodies are received at the moment, so that many uploads at once take little memory."""

from collections.abc import Callable
from typing import Any

AT_ONCE = 6
"""How many large bodies this process receives and handles at once."""

WAIT_SECONDS = 1.0
"""A body waits for its turn this long at most, so that slow clients delay others by no more."""


class BodyQueue:
    """Gives a turn to AT_ONCE bodies, in the order in which they came, and to each that has waited long enough."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], Any]) -> None:
        self._call_later = call_later
        self._started = set[Any]()
        self._waiting: dict[Any, tuple[Callable[[], None], Any]] = {}

    def enter(self, key: Any, start: Callable[[], None]) -> bool:
        """Whether a body may be received at once. If not, `start` is called when its turn has come."""
        if len(self._started) < AT_ONCE:
            self._started.add(key)
            return True
        self._waiting[key] = start, self._call_later(WAIT_SECONDS, lambda: self._start(key))
        return False

    def leave(self, key: Any) -> None:
        """The request with this body is over, or its client has gone."""
        if key in self._waiting:
            self._waiting.pop(key)[1].cancel()
        elif key in self._started:
            self._started.discard(key)
            if self._waiting and len(self._started) < AT_ONCE:
                following = next(iter(self._waiting))
                self._waiting[following][1].cancel()
                self._start(following)

    def _start(self, key: Any) -> None:
        start, _timer = self._waiting.pop(key)
        self._started.add(key)
        start()
