"""Hints that rooms have changed. They may be lost: the regular comparison finds such rooms as well."""

import logging
import threading
from collections import deque
from typing import Any

import redis
from django.conf import settings

from chat.bus.groups import room_group

logger = logging.getLogger(__name__)

KEPT_HINTS = 10_000
"""Most rooms that are noted at a time."""

RECONNECT_SECONDS = 1.0
LISTEN_SECONDS = 1.0


class Hints:
    """Rooms that have changed, noted by any thread and taken by one."""

    def __init__(self) -> None:
        self._rooms: deque[int] = deque()
        # Each room is noted once, so that a busy one does not displace others while nobody takes them.
        self._noted: set[int] = set()
        self._wake = threading.Event()

    def note(self, room_id: int) -> None:
        """Note that a room has changed. Never blocks, so the event loop may call it."""
        if room_id not in self._noted and len(self._noted) < KEPT_HINTS:
            self._noted.add(room_id)
            self._rooms.append(room_id)
        self._wake.set()

    def wake(self) -> None:
        """End the wait of the thread that takes hints."""
        self._wake.set()

    def take(self, *, seconds: float) -> list[int]:
        """The rooms noted since the last call; waits up to `seconds` if there are none, or until `wake`."""
        if not self._rooms and seconds > 0:
            self._wake.wait(seconds)
        self._wake.clear()
        taken = [self._rooms.popleft() for _ in range(len(self._rooms))]
        self._noted.difference_update(taken)  # one that is noted in between has not been visited yet
        return taken


class RedisHints(threading.Thread):
    """Notes the rooms of all events that server processes publish through Redis.

    It subscribes to the groups of all rooms by one pattern, so servers publish nothing more than without it.
    """

    def __init__(self, hints: Hints) -> None:
        super().__init__(name="redis hints", daemon=True)
        self._hints = hints
        self._stopping = threading.Event()
        self._is_failing = False
        prefix = settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"]
        self._pattern = f"{prefix}__group__{room_group(0)[:-1]}*"

    def stop(self) -> None:
        """End the thread within LISTEN_SECONDS."""
        self._stopping.set()

    def run(self) -> None:
        """Listen until `stop`, and reconnect whenever the connection is lost."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except redis.RedisError as error:
                if not self._is_failing:
                    logger.warning("Redis gives no hints of changes (%s); derivers are later", type(error).__name__)
                self._is_failing = True
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        timeout = 2 * LISTEN_SECONDS
        with (
            redis.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=timeout, socket_timeout=timeout, health_check_interval=15
            ) as client,
            client.pubsub(ignore_subscribe_messages=True) as subscription,
        ):
            subscription.psubscribe(self._pattern)
            self._is_failing = False
            while not self._stopping.is_set():
                message: dict[str, Any] | None = subscription.get_message(timeout=LISTEN_SECONDS)
                if message is not None:
                    self._note(message["channel"])

    def _note(self, channel: bytes) -> None:
        room_id = channel.rpartition(b".")[2]
        if room_id.isdigit():
            self._hints.note(int(room_id))
