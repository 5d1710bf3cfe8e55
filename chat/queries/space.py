"""Caches the space and its settings: used by every request, read every few seconds."""

import time
from threading import Lock
from typing import TypeVar

from chat.models import Space
from chat.models.message import BODY_CHARS
from chat.models.space_settings import SEND_BURST, SEND_RATE, Setting
from chat.protocol import shapes
from chat.protocol.limits import (
    FILES_PER_MESSAGE,
    FOLLOWS_PER_MINUTE,
    FRAME_BYTES,
    HEARTBEAT_SECONDS,
    HISTORY_PAGE,
    MENTIONS_READ_PER_MINUTE,
    PERSON_COMMANDS_BURST,
    PERSON_COMMANDS_PER_SECOND,
    PINS_PER_MINUTE,
    REACTIONS_PER_MINUTE,
    REPORTS_PER_HOUR,
    VERSIONS_PER_MINUTE,
    VOTES_PER_MINUTE,
    Limits,
    Rate,
)
from chat.services.attaching import attacher

T = TypeVar("T")

SPACE_MEMORY_SECONDS = 5.0
"""Cache lifetime of the space; bounds the delay of a change whose event did not reach a process."""


class SpaceMemory:
    """Caches the space. Thread-safe.

    A read that began before `forget` is not cached: it may be older than the change, and must not replace a later read.
    """

    def __init__(self) -> None:
        self._space: Space | None = None
        self._read_at = 0.0
        self._changes = 0
        self._lock = Lock()

    @property
    def held(self) -> Space | None:
        """The space as last read, however long ago; None before the first read. Never queries the database."""
        return self._space

    def current(self) -> Space | None:
        """The space, read at most SPACE_MEMORY_SECONDS ago; None (never cached) until it is created."""
        space = self._space
        is_recent = time.monotonic() - self._read_at <= SPACE_MEMORY_SECONDS
        return space if space is not None and is_recent else self.read()

    def read(self) -> Space | None:
        """Read the space from the database."""
        changes, now = self._changes, time.monotonic()
        space: Space | None = Space.objects.current()
        with self._lock:
            if changes == self._changes and now >= self._read_at:
                self._space, self._read_at = space, now
        return space

    def forget(self) -> None:
        """Make the next call of `current` read the space, after it has changed. `held` stays until then."""
        with self._lock:
            self._changes += 1
            self._read_at = 0.0

    def clear(self) -> None:
        """Forget the space, `held` included."""
        self.forget()
        self._space = None


space_memory = SpaceMemory()
"""The cache of this process."""


def value_of(setting: Setting[T]) -> T:
    """The value of a setting. May query the database: never call this on an event loop."""
    return _value(space_memory.current(), setting)


def held_value_of(setting: Setting[T]) -> T:
    """The value of a setting as last read. Never queries the database."""
    return _value(space_memory.held, setting)


def current_limits() -> Limits:
    """The limits that clients are sent, with settings as last read."""
    return Limits(
        frame_bytes=FRAME_BYTES,
        body_chars=BODY_CHARS,
        history_page=HISTORY_PAGE,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        rate=Rate(per_second=held_value_of(SEND_RATE), burst=held_value_of(SEND_BURST)),
        commands=Rate(per_second=PERSON_COMMANDS_PER_SECOND, burst=PERSON_COMMANDS_BURST),
        reactions_per_minute=REACTIONS_PER_MINUTE,
        versions_per_minute=VERSIONS_PER_MINUTE,
        mentions_read_per_minute=MENTIONS_READ_PER_MINUTE,
        pins_per_minute=PINS_PER_MINUTE,
        votes_per_minute=VOTES_PER_MINUTE,
        reports_per_hour=REPORTS_PER_HOUR,
        follows_per_minute=FOLLOWS_PER_MINUTE,
        file_bytes=attacher().file_bytes(),
        files_per_message=FILES_PER_MESSAGE,
    )


def held_space() -> shapes.Space | None:
    """The space as clients are sent it, as last read; None before the first read. Never queries the database."""
    space = space_memory.held
    return None if space is None else shapes.Space.of(space)


def _value(space: Space | None, setting: Setting[T]) -> T:
    return setting.default if space is None else space.value(setting)
