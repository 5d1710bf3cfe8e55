"""In which order rooms are visited, so that a room with many changes delays no other."""

from collections.abc import Collection, Iterable


class WaitingRooms:
    """Rooms that wait for a visit, each group in the order in which it came.

    Rooms with a recent change and rooms with a backlog take turns. So a recent change waits for one backlog at most,
    however many rooms have one, and no backlog waits for ever.
    """

    def __init__(self) -> None:
        self._recent: dict[int, None] = {}
        # The value is whether a visit has left the room behind. If none has, it may have only one change.
        self._backlog: dict[int, bool] = {}
        self._backlog_is_next = False

    def __bool__(self) -> bool:
        return bool(self._recent or self._backlog)

    def __contains__(self, room_id: int) -> bool:
        return room_id in self._recent or room_id in self._backlog

    def add_recent(self, room_ids: Iterable[int]) -> None:
        """Add rooms that have just changed. One with a backlog keeps its place there."""
        for room_id in room_ids:
            if not self._backlog.get(room_id):
                self._backlog.pop(room_id, None)
                self._recent[room_id] = None

    def add_found(self, room_ids: Collection[int]) -> None:
        """Add rooms that are behind by an unknown number of changes, for an unknown time."""
        for room_id in room_ids:
            if room_id not in self:
                self._backlog[room_id] = False

    def add_unfinished(self, room_id: int) -> None:
        """Add a room that is still behind after a visit, which counts as one for the backlogs."""
        self._recent.pop(room_id, None)
        self._backlog[room_id] = True
        self._backlog_is_next = False

    def take(self) -> int:
        """Remove the next room, and return its id."""
        group: dict[int, bool] | dict[int, None] = self._recent
        if not self._recent or (self._backlog and self._backlog_is_next):
            group = self._backlog
        self._backlog_is_next = group is self._recent
        room_id = next(iter(group))
        del group[room_id]
        return room_id

    def clear(self) -> None:
        """Remove all rooms."""
        self._recent.clear()
        self._backlog.clear()
