"""Runs the derivers of this process, room by room, while it holds the lease."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from chat.derive.comparing import current_epochs, note_caught_up, rooms_behind
from chat.derive.deriver import Deriver
from chat.derive.errors import LOST_CONNECTION, described, survives_failures
from chat.derive.hints import Hints
from chat.derive.turn import TURN_SECONDS, ChangedMessages, CursorMovedError, take_turn
from chat.derive.waiting import WaitingRooms
from chat.models import DeriverCursor, DeriverState, Lease, Room
from chat.store.relaxed_transaction import relaxed_transaction

logger = logging.getLogger(__name__)

LEASE = "derive"
LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
"""How often the lease is renewed, or another process tries to take it."""

COMPARE_SECONDS = 2.0
"""How often all rooms are compared: bounds the delay of a change whose hint was lost."""

ROOMS_AT_ONCE = 1_000
"""Most rooms of one comparison, so that memory stays bounded when all of them are rebuilt."""

PAUSE_AFTER_FAILURE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
"""A deriver that fails in a room tries again after pauses from the first to the second, each twice as long."""


class Failure(NamedTuple):
    """A deriver that failed in a room: how often in succession, and when it tries again."""

    times: int
    again_at: float


class Runner:
    """Derives until it is stopped. Used by one thread, which owns its database connection."""

    def __init__(
        self, derivers: Mapping[str, Deriver], hints: Hints, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._derivers = dict(derivers)
        self._hints = hints
        self._clock = clock
        self._holder = uuid.uuid4()
        self._epochs: dict[str, int] = {}
        self._waiting = WaitingRooms()
        self._visited: set[int] = set()
        # The derivers that had no turn in the last visit of a room, which have the first ones in the next.
        self._passed_over: dict[int, set[str]] = {}
        self._failures: dict[tuple[str, int], Failure] = {}
        # Until when derivers pause in rooms, and when to visit rooms where one of them is behind.
        self._paused: dict[tuple[str, int], float] = {}
        self._postponed: dict[int, float] = {}
        self._holds_lease = False
        self._lease_at = self._compare_at = 0.0
        self._is_more = False
        self._stopping = False

    def stop(self) -> None:
        """End `run` after the current turn. May be called by any thread."""
        self._stopping = True
        self._hints.wake()

    def run(self) -> None:
        """Derive until `stop`. While the database does not answer, try again every second."""
        while not self._stopping:
            with survives_failures("The derivers", pause=self._pause):
                self.step()
        self._release()
        connection.close()

    def step(self) -> bool:
        """Do the next thing: renew the lease, compare, visit a room or wait. Returns whether a room was visited."""
        if self._clock() >= self._lease_at:
            self._renew_lease()
        if not self._holds_lease:
            self._hints.take(seconds=self._lease_at - self._clock())
            return False
        if self._clock() >= self._compare_at or (self._is_more and not self._waiting):
            self.compare()
        self._waiting.add_recent([*self._hints.take(seconds=0), *self._no_longer_postponed()])
        if not self._waiting:
            until = min(self._lease_at, self._compare_at, *self._postponed.values())
            self._waiting.add_recent(self._hints.take(seconds=0 if self._is_more else until - self._clock()))
            return False
        self.visit_next()
        return True

    def has_waiting(self) -> bool:
        """Whether a room waits for a visit."""
        return bool(self._waiting)

    def visit_next(self) -> int:
        """Let the derivers that are behind in the next waiting room take turns, and return its id.

        If one is still behind, or had no turn within TURN_SECONDS, the room waits again.
        """
        room_id = self._waiting.take()
        self._visit(room_id)
        return room_id

    def _visit(self, room_id: int) -> None:
        passed_over = self._passed_over.pop(room_id, set())
        room = Room.objects.filter(pk=room_id).first()
        if room is None:
            return
        cursors = self._cursors(room_id)
        read = ChangedMessages(room_id)
        until = self._clock() + TURN_SECONDS
        reached = {name: cursors[name].reached(self._epochs[name]) for name in self._derivers}
        behind = [name for name in reached if reached[name] < room.revision and not self._is_pausing(name, room_id)]
        behind = [name for name in behind if not self._is_postponed(name, room_id)]
        behind.sort(key=lambda name: (name not in passed_over, reached[name]))
        for number, name in enumerate(behind):
            if number and self._clock() >= until:
                self._passed_over[room_id] = set(behind[number:])
                self._waiting.add_unfinished(room_id)
                break
            self._take_turn(self._derivers[name], room, cursors[name], read)
        self._visited.add(room_id)

    def _take_turn(self, deriver: Deriver, room: Room, cursor: DeriverCursor, read: ChangedMessages) -> None:
        key = (deriver.name, room.pk)
        try:
            reached = take_turn(deriver, room, cursor, epoch=self._epochs[deriver.name], read=read)
        except CursorMovedError:
            self._compare_at = 0.0  # another process derives, or the deriver was rewound
            return
        except Exception as error:
            if isinstance(error, LOST_CONNECTION) and not connection.is_usable():
                raise
            self._failed(key, error)
            return
        if self._failures.pop(key, None):
            DeriverState.objects.filter(name=deriver.name, failed_room=room.pk).update(error="", failed_room=None)
        if pause := deriver.pause_after(room):
            self._paused[key] = self._clock() + pause
        if reached < room.revision:
            self._waiting.add_unfinished(room.pk)

    def _is_postponed(self, name: str, room_id: int) -> bool:
        """Whether a deriver pauses in a room in which it is behind. The room is visited again after the pause."""
        until = self._paused.get((name, room_id), 0.0)
        if until <= self._clock():
            self._paused.pop((name, room_id), None)
            return False
        self._postponed[room_id] = until
        return True

    def _no_longer_postponed(self) -> list[int]:
        now = self._clock()
        rooms = [room_id for room_id, until in self._postponed.items() if until <= now]
        for room_id in rooms:
            del self._postponed[room_id]
        return rooms

    def _cursors(self, room_id: int) -> dict[str, DeriverCursor]:
        """The cursors of all derivers in a room. Those of derivers that were never there are inserted."""
        cursors = DeriverCursor.objects.filter(room_id=room_id, name__in=self._derivers)
        found = {cursor.name: cursor for cursor in cursors}
        if missing := self._derivers.keys() - found.keys():
            new = [DeriverCursor(room_id=room_id, name=name) for name in sorted(missing)]
            DeriverCursor.objects.bulk_create(new, ignore_conflicts=True)
            found = {cursor.name: cursor for cursor in cursors.all()}
        return found

    def compare(self) -> None:
        """Queue rooms that are behind, and note which are not."""
        for deriver in self._derivers.values():
            self._prepare(deriver)
        self._epochs = current_epochs(self._derivers)
        visited, self._visited = self._visited, set()
        note_caught_up([room_id for room_id in visited if room_id not in self._waiting], self._epochs)
        now = self._clock()
        self._paused = {key: until for key, until in self._paused.items() if until > now}
        pausing = {room_id for (_name, room_id), failure in self._failures.items() if failure.again_at > self._clock()}
        behind = rooms_behind(self._epochs, most=ROOMS_AT_ONCE + len(pausing))
        self._waiting.add_found([room_id for room_id in behind if room_id not in pausing])
        self._is_more = len(behind) == ROOMS_AT_ONCE + len(pausing)
        self._compare_at = self._clock() + COMPARE_SECONDS

    def _prepare(self, deriver: Deriver) -> None:
        """What one deriver cannot prepare, it will fail at in the rooms, while the others go on."""
        try:
            deriver.prepare()
        except Exception as error:
            if isinstance(error, LOST_CONNECTION) and not connection.is_usable():
                raise
            logger.warning("The deriver %s could not prepare: %s", deriver.name, described(error))

    def _renew_lease(self) -> None:
        held, self._holds_lease = self._holds_lease, False
        with relaxed_transaction():
            self._holds_lease = Lease.objects.take(LEASE, holder=self._holder, seconds=LEASE_SECONDS)
        self._lease_at = self._clock() + RENEW_SECONDS
        if not held:  # another process may have derived in the meantime
            self._waiting.clear()
            self._compare_at = 0.0

    def _pause(self) -> None:
        if not self._stopping:
            self._hints.take(seconds=PAUSE_AFTER_FAILURE_SECONDS)

    def _is_pausing(self, name: str, room_id: int) -> bool:
        failure = self._failures.get((name, room_id))
        return failure is not None and failure.again_at > self._clock()

    def _failed(self, key: tuple[str, int], error: Exception) -> None:
        """Record a failure. The other rooms and derivers go on; this one tries again after a pause."""
        name, room_id = key
        times = self._failures[key].times + 1 if key in self._failures else 1
        pause = min(LONGEST_PAUSE_SECONDS, PAUSE_AFTER_FAILURE_SECONDS * 2 ** (times - 1))
        self._failures[key] = Failure(times, self._clock() + pause)
        text = described(error)
        logger.warning("The deriver %s failed in room %d: %s", name, room_id, text)
        DeriverState.objects.filter(name=name).update(error=text, failed_at=timezone.now(), failed_room=room_id)

    def _release(self) -> None:
        try:
            Lease.objects.release(LEASE, holder=self._holder)
        except LOST_CONNECTION:
            logger.warning("The lease of the derivers could not be released; it expires by itself")
