"""The space and its settings, as this process last read them: asked on every request, read every few seconds."""

import time
from threading import Lock
from typing import TypeVar

from chat.models import Space
from chat.models.message import BODY_CHARS
from chat.models.space_settings import SEND_BURST, SEND_RATE, Setting
from chat.protocol.limits import FRAME_BYTES, HEARTBEAT_SECONDS, HISTORY_PAGE, Limits, Rate

T = TypeVar("T")

SPACE_MEMORY_SECONDS = 5.0
"""Cache lifetime of the space: how late a change takes effect in a process that the event of it did not reach."""


class SpaceMemory:
    """The last known state of the space. Threads may share it.

    What was read before a change was committed must not replace what is read after it: a read that began before
    `forget` is not kept.
    """

    def __init__(self) -> None:
        self._space: Space | None = None
        self._read_at = 0.0
        self._changes = 0
        self._lock = Lock()

    @property
    def held(self) -> Space | None:
        """The space as it was last read, however long ago; None before the first read. Asks nothing."""
        return self._space

    def current(self) -> Space | None:
        """The space, read at most SPACE_MEMORY_SECONDS ago. None while nobody has created it, which is not kept."""
        space = self._space
        is_recent = time.monotonic() - self._read_at <= SPACE_MEMORY_SECONDS
        return space if space is not None and is_recent else self.read()

    def read(self) -> Space | None:
        """The space as the database has it now."""
        changes, now = self._changes, time.monotonic()
        space: Space | None = Space.objects.current()
        with self._lock:
            if changes == self._changes and now >= self._read_at:
                self._space, self._read_at = space, now
        return space

    def forget(self) -> None:
        """The space has changed: the next caller of `current` reads it. What is held stays until then."""
        with self._lock:
            self._changes += 1
            self._read_at = 0.0

    def clear(self) -> None:
        """Forget even what is held."""
        self.forget()
        self._space = None


space_memory = SpaceMemory()
"""The memory of this process."""


def value_of(setting: Setting[T]) -> T:
    """The value of a setting. Never call it on an event loop: it may ask the database."""
    return _value(space_memory.current(), setting)


def held_value_of(setting: Setting[T]) -> T:
    """The value of a setting as this process last read it, without asking the database."""
    return _value(space_memory.held, setting)


def current_limits() -> Limits:
    """The limits that clients should know, as this process last read them."""
    return Limits(
        frame_bytes=FRAME_BYTES,
        body_chars=BODY_CHARS,
        history_page=HISTORY_PAGE,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        rate=Rate(per_second=held_value_of(SEND_RATE), burst=held_value_of(SEND_BURST)),
    )


def _value(space: Space | None, setting: Setting[T]) -> T:
    return setting.default if space is None else space.value(setting)
