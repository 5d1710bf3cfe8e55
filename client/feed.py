"""What a bot has handled, and what happens after that: frames in, happenings out, without I/O.

Frames may repeat, overlap, and name messages in the order in which they last changed. Of each room, a Feed keeps the
revision and the position up to which everything was handled, so that it gives each new message once, by position.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .codes import CLOSED_ABNORMALLY
from .errors import ConnectionEndedError
from .events import Changes, CursorGiven, Event, Hello, Opened, RoomChanged, RoomRemoved, Rooms
from .happenings import Behind, Deleted, Edited, Happening, Hole, Joined, Left, Posted, Reacted, Unplaced
from .outbox import new_key
from .recent import Recent
from .shapes import Extras, Fields, Message, RoomInfo, RoomSummary, User

USERS_KEPT = 5_000
MESSAGES_KEPT = 10_000

JOINING = ("joined", "added")
LEAVING = ("left", "removed")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Place:
    """Up to where a room was handled."""

    revision: int
    position: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a message."""

    revision: int
    edited_at: str | None
    is_deleted: bool
    reactions: Any


class Feed:
    """The rooms of one bot. `take` is a generator: what it gave counts as handled once the next one is asked for."""

    def __init__(self, *, identity: str = "", epoch: str = "", cursor: str = "") -> None:
        self.identity = identity or new_key()
        """Distinguishes this bot from others of the same account."""
        self.epoch = epoch
        self.cursor = cursor
        self.places: dict[int, Place] = {}
        self.rooms: dict[int, RoomInfo] = {}
        self.users: Recent[int, User] = Recent(USERS_KEPT)
        self.me: User | None = None
        self._seen: Recent[int, Seen] = Recent(MESSAGES_KEPT)
        self.is_resumed = False
        """Whether the bot was here before this connection."""
        self._is_whole = False
        """Whether everything that was missed comes by itself."""

    def connecting(self, *, opens_rooms: bool = False) -> None:
        """A connection is being opened: one that continues from the cursor, or one on which each room is opened."""
        self.is_resumed = bool(self.cursor) or bool(self.places)
        if opens_rooms:
            self.cursor = ""
        self._is_whole = bool(self.cursor) or opens_rooms

    def take(self, event: Event) -> Iterator[Happening]:
        """Take a frame or the reply to `open`, and give what happened."""
        taker = self._takers.get(type(event))
        return iter(()) if taker is None else taker(self, event)

    def fill(self, hole: Hole, messages: Iterable[Message]) -> Iterator[Happening]:
        """Take messages of the history."""
        place = self.places.get(hole.room)
        for message in sorted(messages, key=lambda message: message.position):
            if place is not None and place.position < message.position < hole.before:
                yield from self._new(message)
                place.position = message.position

    def place(self, room: int, revision: int) -> None:
        """Handle a room from this revision on, at which the bot joined it."""
        self.places.setdefault(room, Place(revision, self._read_at(room)))

    # --- frames ------------------------------------------------------------------------------------------------------

    def _hello(self, hello: Hello) -> Iterator[Happening]:
        if self.epoch not in ("", hello.epoch):
            logger.warning("The site has another database: what was handled before does not count.")
            self.places.clear()
            self.rooms.clear()
            self.is_resumed, self.cursor = False, ""
        self.epoch, self.me = hello.epoch, hello.user
        self.users.keep(hello.user.id, hello.user)
        for room in [room for room in self.places if room not in hello.rooms]:
            self._forget(room)
        yield from ()

    def _rooms(self, frame: Rooms) -> Iterator[Happening]:
        for room in frame.rooms:
            self.rooms[room.id] = room
            place = self.places.get(room.id)
            if place is None and not self.is_resumed:
                self.places[room.id] = Place(room.revision, room.message_count)
            elif self._is_whole:
                continue
            elif place is None:
                yield Unplaced(room.id)
            elif place.revision < room.revision:
                yield Behind(room.id, place.revision, room.revision)

    def _room(self, frame: RoomChanged) -> Iterator[Happening]:
        room = frame.room
        if room.parent is None:
            self.rooms[room.id] = room
            self.places.setdefault(room.id, Place(room.revision, room.message_count))
        yield from ()

    def _removed(self, frame: RoomRemoved) -> Iterator[Happening]:
        self._forget(frame.room)
        yield from ()

    def _forget(self, room: int) -> None:
        self.places.pop(room, None)
        self.rooms.pop(room, None)

    def _opened(self, opened: Opened) -> Iterator[Happening]:
        """Take the reply to `open`: changes, or a reset, which need not hold everything that was missed."""
        room, since = opened.room.id, opened.command.get("since")
        self.rooms[room] = opened.room
        self._keep_users(opened)
        if not opened.reset and since is not None:
            whole = Changes({}, room, since, opened.revision, opened.messages, (), opened.users)
            yield from self._changes(whole)
            return
        place = self.places.get(room)
        if place is None:
            yield Unplaced(room)
        elif place.revision < opened.room.revision:
            yield Behind(room, place.revision, opened.room.revision)

    def _changes(self, changes: Changes) -> Iterator[Happening]:
        self._keep_users(changes)
        if changes.room not in self.places and not isinstance(self.rooms.get(changes.room), RoomSummary):
            yield Unplaced(changes.room)
        place = self.places.setdefault(changes.room, Place(changes.since, self._read_at(changes.room)))
        if changes.info is not None:
            self.rooms[changes.room] = changes.info
        if place.revision < changes.since:
            yield Behind(changes.room, place.revision, changes.since)
            if place.revision < changes.since:
                raise ConnectionEndedError(CLOSED_ABNORMALLY, reason="What was missed could not be read.")
        changed = sorted(
            (message for message in changes.messages if message.revision > place.revision),
            key=lambda message: message.position,
        )
        for message in changed:
            if message.position <= place.position:
                yield from self._changed(message)
            else:
                yield from self._next(place, message)
        for extras in changes.extras:
            yield from self._extras(changes.room, extras)
        place.revision = max(place.revision, changes.revision)

    def _next(self, place: Place, message: Message) -> Iterator[Happening]:
        """Give a new message, after those before it that are still to come."""
        if message.position > place.position + 1:
            yield Hole(message.room, place.position, message.position)
        yield from self._new(message)
        place.position = message.position

    def _keep_users(self, frame: Changes | Opened) -> None:
        for user in [*frame.users, *(member.user for member in frame.members)]:
            self.users.keep(user.id, user)

    def _read_at(self, room: int) -> int:
        """The position up to which the bot need not handle a room that it came into while it was away.

        Who joins a room has read everything before, and a bot reads nothing else unless it writes.
        """
        held = self.rooms.get(room)
        return held.last_read if isinstance(held, RoomSummary) else 0

    # --- messages ----------------------------------------------------------------------------------------------------

    def _new(self, message: Message) -> Iterator[Happening]:
        if joined := people_in(message, JOINING):
            yield Joined(message.room, joined)
        elif left := people_in(message, LEAVING):
            yield Left(message.room, left)
        elif message.kind == "text" and not message.deleted:
            yield Posted(message.room, message)
        self._remember(message)

    def _changed(self, message: Message) -> Iterator[Happening]:
        held = self._seen.get(message.id)
        if held is not None and held.revision >= message.revision:
            return
        if message.deleted:
            if held is None or not held.is_deleted:
                yield Deleted(message.room, message)
        elif message.edited_at and (held is None or held.edited_at != message.edited_at):
            yield Edited(message.room, message)
        if not message.deleted:
            yield from self._reactions(message.room, message.id, message.revision, message.extras)
        self._remember(message)

    def _extras(self, room: int, changed: Extras) -> Iterator[Happening]:
        held = self._seen.get(changed.id)
        if held is not None and held.revision >= changed.revision:
            return
        yield from self._reactions(room, changed.id, changed.revision, changed.extras)
        if held is not None:
            reactions = changed.extras.get("reactions", [])
            self._seen.keep(changed.id, Seen(changed.revision, held.edited_at, held.is_deleted, reactions))

    def _reactions(self, room: int, message: int, revision: int, extras: Fields) -> Iterator[Happening]:
        held, reactions = self._seen.get(message), extras.get("reactions", [])
        if reactions != ([] if held is None else held.reactions):
            yield Reacted(room, message, revision, reactions)

    def _remember(self, message: Message) -> None:
        reactions = message.extras.get("reactions", [])
        self._seen.keep(message.id, Seen(message.revision, message.edited_at, message.deleted, reactions))

    def _cursor(self, frame: CursorGiven) -> Iterator[Happening]:
        self.cursor = frame.cursor
        yield from ()

    _takers: dict[type[Event], Callable[["Feed", Any], Iterator[Happening]]] = {
        Hello: _hello,
        Rooms: _rooms,
        RoomChanged: _room,
        RoomRemoved: _removed,
        Opened: _opened,
        Changes: _changes,
        CursorGiven: _cursor,
    }


def people_in(message: Message, codes: tuple[str, ...]) -> tuple[int, ...]:
    """The ids of the people in a system line with one of these codes."""
    system = message.extras.get("system")
    if message.kind != "system" or not isinstance(system, dict) or system.get("code") not in codes:
        return ()
    return tuple(system.get("people", ()))
