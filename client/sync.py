"""Keeps rooms open and complete: opens them after every hello, resumes by revision, and reopens rooms with a gap."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from .codes import DISCONNECTED, FORBIDDEN, NOT_FOUND
from .events import Changes, Event, Gap, Opened, Pong, Refused, RoomOpened
from .shapes import Fields
from .state import State

OPEN_LIMIT = 50
REOPEN_PAUSE_SECONDS = 2.0


@dataclass(slots=True)
class OpenRoom:
    """A room that the client keeps open."""

    opening: int | None = None
    """The ref of the pending `open`."""
    held: list[Changes] = field(default_factory=list)
    """Changes received while the `open` is pending."""
    is_complete: bool = False
    behind: int = 0
    """A revision that the last pong reported and that has not been received yet; 0 if there is none."""
    retry_at: float = math.inf


class Sync:
    """The open rooms of a client. `ask` sends a command and returns its ref, or None without a connection."""

    def __init__(self, clock: Callable[[], float], state: State, ask: Callable[[Fields], int | None]) -> None:
        self.rooms: dict[int, OpenRoom] = {}
        self._clock = clock
        self._state = state
        self._ask = ask

    def is_complete(self, room: int) -> bool:
        """Whether a room is open and complete."""
        opened = self.rooms.get(room)
        return opened is not None and opened.is_complete

    def open(self, room: int) -> None:
        """Keep this room open from now on."""
        if room not in self.rooms:
            self._reopen(room)

    def close(self, room: int) -> None:
        """Stop keeping this room open."""
        if self.rooms.pop(room, None) is not None:
            self._ask({"type": "close", "room": room})

    def forget(self, room: int) -> None:
        """The person is no longer in this room."""
        self.rooms.pop(room, None)

    def live(self) -> None:
        """A connection was established: open all rooms on it."""
        for room in list(self.rooms):
            self._reopen(room)

    def lost(self) -> None:
        """The connection was lost."""
        self.rooms = {room: OpenRoom() for room in self.rooms}

    @property
    def due_at(self) -> float:
        """When to retry a room that could not be opened."""
        return min((opened.retry_at for opened in self.rooms.values()), default=math.inf)

    def wake(self) -> None:
        """Retry the rooms that are due."""
        now = self._clock()
        for room in [room for room, opened in self.rooms.items() if opened.retry_at <= now]:
            self._reopen(room)

    def changes(self, changes: Changes) -> list[Event]:
        """Apply changes of a room. Changes of a room that is no longer open, or will be reopened, are dropped."""
        opened = self.rooms.get(changes.room)
        if opened is None:
            return []
        if opened.opening is not None:
            opened.held.append(changes)
            return []
        if not opened.is_complete:
            return []
        room = self._state.rooms[changes.room]
        if not room.lacks_before(changes):
            return self._state.take(changes)
        self._reopen(changes.room)
        return [Gap(changes.room, room.revision or 0, changes.since)]

    def opened(self, answer: Opened) -> list[Event]:
        """Apply the answer to an `open`. Ignores the answer to any but the last one."""
        opened = self.rooms.get(answer.room.id)
        if opened is None or opened.opening != answer.ref:
            return []
        held = opened.held
        opened.opening, opened.held, opened.is_complete = None, [], True
        events = [*self._state.take(answer), RoomOpened(answer.room.id)]
        for changes in held:
            events += self.changes(changes)
        return events

    def refused(self, refused: Refused) -> None:
        """Handle the refusal of an `open`: retry later, or give up."""
        room, refusal = refused.command["room"], refused.refusal
        opened = self.rooms.get(room)
        if opened is None or opened.opening != refused.ref:
            return
        opened.opening, opened.held = None, []
        if refusal.code in (NOT_FOUND, FORBIDDEN):
            self.forget(room)
        elif refusal.code != DISCONNECTED:
            opened.retry_at = self._clock() + (refusal.retry_after or 0.0) + REOPEN_PAUSE_SECONDS

    def pong(self, pong: Pong) -> list[Event]:
        """Compare revisions with those of a pong. A frame may be in transit, but not until the next pong."""
        events: list[Event] = []
        for room, revision in pong.rooms.items():
            opened = self.rooms.get(room)
            if opened is None or not opened.is_complete:
                continue
            held = self._state.rooms[room].revision or 0
            if held < opened.behind:
                events.append(Gap(room, held, opened.behind))
                self._reopen(room)
            else:
                opened.behind = revision if held < revision else 0
        return events

    def _reopen(self, room: int) -> None:
        held = self._state.rooms.get(room)
        since = None if held is None else held.revision
        command: Fields = {"type": "open", "room": room, "limit": OPEN_LIMIT}
        self.rooms[room] = OpenRoom(opening=self._ask(command if since is None else {**command, "since": since}))
