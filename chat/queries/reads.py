"""How far the members of rooms have read, for the number of people who have not read a message."""

import time
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from chat.models import Membership, Room

MOST_MEMBERS = 100
"""Rooms with more members do not show who has read."""

SIZE_SECONDS = 60.0
"""How long a process relies on a room having at most MOST_MEMBERS members, or more. `positions` counts again."""

SIZES_KEPT = 10_000

Positions = dict[int, int]
"""Positions by the id of the person."""


class _Sizes:
    """Whether rooms are small enough, as counted a short time ago. Thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, object], tuple[float, bool]] = OrderedDict()
        self._lock = Lock()

    def is_small(self, room: Room) -> bool:
        key = (room.pk, room.created_at)
        with self._lock:
            until, small = self._kept.get(key, (0.0, False))
        if until > time.monotonic():
            return small
        small = Membership.objects.current().filter(room=room)[: MOST_MEMBERS + 1].count() <= MOST_MEMBERS
        self.note(room, small)
        return small

    def note(self, room: Room, small: bool) -> None:
        """Note what was just counted."""
        with self._lock:
            self._kept[room.pk, room.created_at] = (time.monotonic() + SIZE_SECONDS, small)
            while len(self._kept) > SIZES_KEPT:
                self._kept.popitem(last=False)


_sizes = _Sizes()


def shows_reads(room: Room) -> bool:
    """Whether the room shows who has read: its switch is on, and it has few members."""
    return room.shows_reads and _sizes.is_small(room)


def read_positions(rooms: Iterable[Room]) -> dict[int, Positions]:
    """How far people have read who show it, by room, by one query. Rooms that do not show it are missing.

    Twin: `policy.shares_reads`.
    """
    asked = {room.pk: room for room in rooms if shows_reads(room)}
    found: dict[int, Positions] = {room_id: {} for room_id in asked}
    if not asked:
        return found
    sizes = dict.fromkeys(asked, 0)
    columns = ("room_id", "user_id", "last_read", "user__is_active", "user__is_bot", "user__hides_reads")
    memberships = Membership.objects.current().filter(room__in=asked).values_list(*columns)
    for room_id, user_id, position, is_active, is_bot, hides_reads in memberships:
        sizes[room_id] += 1
        if is_active and not is_bot and not hides_reads:
            found[room_id][user_id] = position
    for room_id, size in sizes.items():
        if size > MOST_MEMBERS:
            _sizes.note(asked[room_id], False)
            del found[room_id]
    return found


def positions_in(room_ids: Iterable[int]) -> dict[int, Positions]:
    """`read_positions` of rooms by their ids. For feeds: no permissions are checked."""
    return read_positions(Room.objects.filter(pk__in=list(room_ids)))
