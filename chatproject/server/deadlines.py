"""Limits how long a client may take to send its request."""

from collections.abc import Callable
from typing import Any

BODY_BYTES_PER_SECOND = 16 * 1024
"""A body that arrives at this rate or faster may take longer than the limit."""


class Deadline:
    """One deadline at a time, for the successive stages of a connection."""

    def __init__(self, call_later: Callable[..., Any], passed: Callable[[], None]) -> None:
        self._call_later = call_later
        self._passed = passed
        self._stage: object = None
        self._timer: Any = None

    def watch(self, stage: object, seconds: float) -> None:
        """Sets the deadline of a stage. A stage already watched keeps its deadline."""
        if stage != self._stage:
            self.stop()
            self._stage = stage
            self._timer = self._call_later(seconds, self._pass)

    def stop(self) -> None:
        """Cancels the deadline."""
        self._stage = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass(self) -> None:
        self._timer = None
        self._passed()
